import { messageOf } from "./failure.ts";

type Callback = (error: unknown, response: unknown) => void;
type Handler = (request: Request, callback: Callback) => unknown;

/** The part of a gRPC request that is used. */
interface Request {
  /** The token of a data source. */
  getTok?(): string;
}

/** The part of Pulumi's mock monitor that is changed. */
export interface Monitor {
  newUrn(parent: string | undefined, type: string, name: string): string;
  invoke: Handler;
  readResource: Handler;
  registerResource: Handler;
  registerResourceOutputs: Handler;
}

/**
 * Makes Pulumi's mock monitor report errors and URNs as its engine does. Calls `onFailed` with the
 * message of each error, where it occurs.
 */
export function correctMonitor(
  monitor: Monitor,
  { name, stage }: { name: string; stage: string },
  onFailed: (message: string) => void,
): void {
  for (const method of [
    "invoke",
    "readResource",
    "registerResource",
    "registerResourceOutputs",
  ] as const) {
    const original = monitor[method].bind(monitor);
    monitor[method] = (request, callback) =>
      original(request, (error, response) => {
        if (error === null) return callback(null, response);
        const details = detailsOf(error, request);
        onFailed(details);
        // Pulumi reads `details`, or `message`. Without `details`, its own error would be empty.
        callback(Object.assign(new Error(details, { cause: error }), { details }), response);
      });
  }
  // The mock monitor gives every URN the type of the stack, and no type above the parent.
  monitor.newUrn = (parent, type, resource) => {
    const above = parent?.split("::")[2];
    const qualified = above === undefined || isStack(above) ? type : `${above}$${type}`;
    return `urn:pulumi:${[stage, name, qualified, resource].join("::")}`;
  };
}

const isStack = (type: string) => type === "pulumi:pulumi:Stack";

function detailsOf(error: unknown, request: Request): string {
  const message = messageOf(error);
  const token = request.getTok?.();
  return token === undefined || message.includes(token) ? message : `${token} failed: ${message}`;
}
