import { createRequire } from "node:module";
import path from "node:path";

import type { Inputs } from "../synth/graph.ts";

/** A message of Pulumi's protocol, with `getName()` and `setName(value)` for each field. */
type Message = Record<string, (...values: unknown[]) => unknown>;

/** Handles one call: reads the request, and returns the fields of the response. */
export type Method = (request: Message) => Promise<Fields | void> | Fields | void;
type Fields = Record<string, unknown>;

/** A service of the protocol: its methods by name, such as `registerResource`. */
export type Methods = Record<string, Method>;

interface Grpc {
  Server: new (options: object) => {
    addService(definition: unknown, implementation: object): void;
    bindAsync(
      address: string,
      credentials: unknown,
      bound: (error: Error | null, port: number) => void,
    ): void;
    forceShutdown(): void;
  };
  ServerCredentials: { createInsecure(): unknown };
  status: { UNKNOWN: number };
}

interface Struct {
  toJavaScript(): Inputs;
}

/** Pulumi's protocol, from the version of Pulumi that SST uses: its packages in `.sst/platform`. */
export class Wire {
  readonly #grpc: Grpc;
  readonly #struct: { fromJavaScript(value: Inputs): Struct };
  readonly #require: NodeJS.Require;

  constructor(platform: string) {
    const pulumi = path.join(platform, "node_modules", "@pulumi", "pulumi");
    this.#require = createRequire(path.join(pulumi, "package.json"));
    this.#grpc = this.#require("@grpc/grpc-js") as Grpc;
    const struct = this.#require("google-protobuf/google/protobuf/struct_pb.js") as {
      Struct: { fromJavaScript(value: Inputs): Struct };
    };
    this.#struct = struct.Struct;
  }

  /**
   * Serves the resource monitor and the engine on a free port of 127.0.0.1. Returns its address.
   */
  async serve(monitor: Methods, engine: Methods): Promise<{ address: string; close(): void }> {
    const server = new this.#grpc.Server({
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
    });
    this.#add(server, "resource", "ResourceMonitor", monitor);
    this.#add(server, "engine", "Engine", engine);
    const port = await new Promise<number>((resolve, reject) => {
      const credentials = this.#grpc.ServerCredentials.createInsecure();
      server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
  }

  #add(
    server: InstanceType<Grpc["Server"]>,
    file: string,
    service: string,
    methods: Methods,
  ): void {
    const proto = `./proto/${file}`;
    const services = this.#require(`${proto}_grpc_pb.js`) as Record<
      string,
      Record<string, { path: string; responseType: new () => Message }>
    >;
    const definition = services[`${service}Service`] ?? {};
    const implementation = Object.fromEntries(
      Object.entries(definition).map(([name, { path: callPath, responseType }]) => [
        name,
        this.#handler(methods[name] ?? unsupported(callPath), responseType),
      ]),
    );
    server.addService(definition, implementation);
  }

  #handler(method: Method, Answer: new () => Message) {
    type Reply = (error: { code: number; details: string } | null, response?: Message) => void;
    return ({ request }: { request: Message }, reply: Reply) => {
      Promise.resolve()
        .then(() => method(request))
        .then(
          (fields) => reply(null, this.#message(Answer, fields ?? {})),
          (error: unknown) => {
            const details = error instanceof Error ? error.message : String(error);
            reply({ code: this.#grpc.status.UNKNOWN, details });
          },
        );
    };
  }

  #message(Answer: new () => Message, fields: Fields): Message {
    const message = new Answer();
    for (const [name, value] of Object.entries(fields)) {
      const isStruct = typeof value === "object" && value !== null && !Array.isArray(value);
      const set = message[`set${name}`];
      if (!set) throw new Error(`Pulumi's protocol has no field ${name} in this response`);
      set.call(message, isStruct ? this.#struct.fromJavaScript(value as Inputs) : value);
    }
    return message;
  }
}

const unsupported =
  (callPath: string): Method =>
  () => {
    throw new Error(
      `the offline engine does not support the call ${callPath} of Pulumi's protocol`,
    );
  };

/** Reads a field that is a text. */
export function text(request: Message, name: string): string {
  const value = request[`get${name}`]?.();
  return typeof value === "string" ? value : "";
}

export const flag = (request: Message, name: string): boolean => request[`get${name}`]?.() === true;

export const list = (request: Message, name: string): string[] =>
  (request[`get${name}List`]?.() as string[] | undefined) ?? [];

/** Reads a field that is an object. */
export const struct = (request: Message, name: string): Inputs =>
  (request[`get${name}`]?.() as Struct | undefined)?.toJavaScript() ?? {};
