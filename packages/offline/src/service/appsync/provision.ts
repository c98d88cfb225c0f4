import { createHash } from "node:crypto";
import path from "node:path";

import { type Principal, verifySignature } from "@waybill/iam";

import { OfflineError } from "../../ground/error.ts";
import type { Running, Service, Stage } from "../service.ts";
import { Apis } from "./apis.ts";
import { certificateOf } from "./certificate.ts";
import { type Authorize, EventServer } from "./events.ts";
import { appsyncFront } from "./front.ts";
import { apiArn } from "./iam.ts";

/** AppSync Events, over which `sst dev` receives the invocations of functions. */
export const appsync: Service = {
  types: {},
  lasts: true,
  plan: () => ({}),
  open(stage): Running {
    const { folder, graph: place } = stage;
    const apis = new Apis(path.join(folder, "appsync.json"));
    let server: Promise<EventServer> | undefined;
    const serveEvents = async () => {
      server ??= serve(folder, apis, authorizeWith(stage, apis));
      return `127.0.0.1:${(await server).port}`;
    };
    return {
      front: appsyncFront({ apis, place, serveEvents }),
      // The stubs of functions connect at once.
      start: async () => {
        if (apis.all.length > 0) await serveEvents();
      },
      close: async () => (await server)?.close(),
    };
  },
};

async function serve(folder: string, apis: Apis, authorize: Authorize): Promise<EventServer> {
  const certificate = await certificateOf(folder);
  const { port } = apis;
  try {
    const server = await EventServer.listen(port, certificate, authorize);
    apis.port = server.port;
    return server;
  } catch (cause) {
    throw new OfflineError(
      "appsync.port_taken",
      `port ${port} on 127.0.0.1, on which functions of the stage exchange events, is taken by another program. Stop it.`,
      { cause, retry: true },
    );
  }
}

const authorizeWith =
  (stage: Stage, apis: Apis): Authorize =>
  (operation, channel, { headers, body }) => {
    const { keyring, graph } = stage;
    const verified = verifySignature(
      {
        method: "POST",
        url: "/event",
        headers: [...headers],
        bodySha256: createHash("sha256").update(body).digest("hex"),
      },
      {
        credentialOf: (accessKeyId) => keyring.find(accessKeyId),
        now: new Date(),
        expect: { service: "appsync" },
      },
    );
    if (!verified.ok) return `The signature is not valid: ${verified.reason}.`;
    const principal: Principal = keyring.find(verified.accessKeyId)?.principal ?? {
      type: "anonymous",
    };
    const [api] = apis.all;
    if (!api) return "The API does not exist.";
    const namespace = channel?.split("/")[1] ?? "";
    if (channel !== undefined && !api.namespaces.includes(namespace)) {
      return `The channel namespace ${namespace} does not exist.`;
    }
    const resource =
      apiArn(graph, api.id) + (channel === undefined ? "" : `/channelNamespace/${namespace}`);
    return stage.authority.denialFor(principal, [
      { action: `appsync:${operation}`, resource, context: {} },
    ]);
  };
