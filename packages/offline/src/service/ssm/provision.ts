import path from "node:path";

import { jsonFront } from "../../edge/json-front.ts";
import type { Service } from "../service.ts";
import { ssmNeeds } from "./iam.ts";
import { Parameters } from "./parameters.ts";

/** The parameters of Systems Manager, in which SST's CLI keeps the data of its own. */
export const ssm: Service = {
  types: {},
  plan: () => ({}),
  open({ folder, graph }) {
    const parameters = new Parameters(path.join(folder, "ssm.json"), graph);
    return {
      front: jsonFront({
        name: "ssm",
        title: "Systems Manager parameters",
        target: "AmazonSSM.",
        signingName: "ssm",
        internalError: "InternalServerError",
        needs: (operation, input) => ssmNeeds(operation, input, graph),
        perform: (operation, input) => parameters.perform(operation, input),
      }),
    };
  },
};
