import type { Inputs } from "../synth/graph.ts";
import type { Declared, Deployment } from "./deployment.ts";
import type { EventLog } from "./event-log.ts";
import { plain } from "./properties.ts";
import { flag, list, type Methods, struct, text } from "./wire.ts";

// What the Node.js SDK asks for, and this engine does: secrets stay secret, and a resource as a
// value is a reference.
const FEATURES = new Set(["secrets", "resourceReferences"]);

type Request = Parameters<NonNullable<Methods[string]>>[0];

/** The resource monitor of Pulumi: what a running config declares. */
export const monitorOf = (deployment: Deployment): Methods => ({
  supportsFeature: (request) => ({ Hassupport: FEATURES.has(text(request, "Id")) }),
  invoke: (request) => ({
    Return: deployment.lookUp(text(request, "Tok"), plain(struct(request, "Args"))),
  }),
  readResource(request) {
    const state = deployment.read(declaredIn(request, "Properties"), text(request, "Id"));
    return { Urn: state.urn, Properties: state.outputs };
  },
  registerResource(request) {
    const declared = declaredIn(request, "Object");
    const state = deployment.register(declared);
    const outputs = declared.custom ? state.outputs : {};
    return { Urn: state.urn, Id: state.id ?? "", Object: outputs };
  },
  registerResourceOutputs(request) {
    deployment.setOutputs(text(request, "Urn"), struct(request, "Outputs"));
  },
  signalAndWaitForShutdown: () => undefined,
});

function declaredIn(request: Request, inputs: string): Declared {
  return {
    type: text(request, "Type"),
    name: text(request, "Name"),
    parent: text(request, "Parent") || undefined,
    custom: flag(request, "Custom"),
    inputs: withoutUndefined(struct(request, inputs)),
    protect: flag(request, "Protect"),
    retainOnDelete: flag(request, "Retainondelete"),
    dependencies: list(request, "Dependencies").toSorted(),
    ignoreChanges: list(request, "Ignorechanges"),
    replaceOnChanges: list(request, "Replaceonchanges"),
    additionalSecretOutputs: list(request, "Additionalsecretoutputs"),
    aliases: list(request, "Aliasurns"),
    importId: text(request, "Importid"),
  };
}

const withoutUndefined = (inputs: Inputs): Inputs =>
  Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));

// `LogSeverity` of Pulumi's protocol.
const SEVERITIES = ["debug", "info", "warning", "error"] as const;

/** The engine of Pulumi, as far as a running config calls it: its log, and its root resource. */
export function engineOf(log: EventLog, onError: () => void): Methods {
  let root = "";
  return {
    log(request) {
      const severity = SEVERITIES[Number(request["getSeverity"]?.() ?? 0)] ?? "info";
      if (severity === "debug") return;
      if (severity === "error") onError();
      log.diagnostic(severity, text(request, "Message"), text(request, "Urn"));
    },
    getRootResource: () => ({ Urn: root }),
    setRootResource(request) {
      root = text(request, "Urn");
    },
  };
}
