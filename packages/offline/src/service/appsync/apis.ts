import { randomBytes } from "node:crypto";

import * as z from "zod";

import { JsonFile } from "../../ground/json-file.ts";

const Api = z.object({
  id: z.string(),
  name: z.string(),
  namespaces: z.array(z.string()),
});
export type Api = z.output<typeof Api>;

const ApisFile = z.object({ port: z.int(), apis: z.array(Api) });

/** The Event APIs of a stage, in one file, with the port of their events. */
export class Apis {
  readonly #file: JsonFile<typeof ApisFile>;

  constructor(file: string) {
    this.#file = new JsonFile(file, ApisFile);
  }

  get all(): readonly Api[] {
    return this.#file.read()?.apis ?? [];
  }

  /** The port of the last start, or 0 before the first. */
  get port(): number {
    return this.#file.read()?.port ?? 0;
  }

  set port(port: number) {
    this.#file.write({ port, apis: [...this.all] });
  }

  find(id: string): Api | undefined {
    return this.all.find((api) => api.id === id);
  }

  create(name: string): Api {
    const api = { id: randomBytes(13).toString("hex"), name, namespaces: [] };
    this.#file.write({ port: this.port, apis: [...this.all, api] });
    return api;
  }

  addNamespace(id: string, namespace: string): void {
    const apis = this.all.map((api) =>
      api.id === id ? { ...api, namespaces: [...new Set([...api.namespaces, namespace])] } : api,
    );
    this.#file.write({ port: this.port, apis });
  }
}
