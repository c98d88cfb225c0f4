import path from "node:path";

import * as z from "zod";

import { derive, UnknownRequestError } from "../../edge/derivation.ts";
import { jsonFront, OperationError } from "../../edge/json-front.ts";
import type { Place } from "../../edge/requirement.ts";
import { JsonFile } from "../../ground/json-file.ts";
import type { Service } from "../service.ts";

const Names = z.array(z.string());

const CreateInput = z.object({ repositoryName: z.string() });
const DescribeInput = z.object({ repositoryNames: z.optional(z.array(z.string())) });

const arnOf = ({ region, accountId }: Place, name: string): string =>
  `arn:aws:ecr:${region}:${accountId}:repository/${name}`;

const described = (place: Place, name: string): object => ({
  registryId: place.accountId,
  repositoryName: name,
  repositoryArn: arnOf(place, name),
  repositoryUri: `${place.accountId}.dkr.ecr.${place.region}.amazonaws.com/${name}`,
});

/**
 * The repositories of ECR, by name only. SST's CLI creates one in every account; offline runs no
 * container images.
 */
export const ecr: Service = {
  types: {},
  plan: () => ({}),
  open({ folder, graph: place }) {
    const file = new JsonFile(path.join(folder, "ecr.json"), Names);
    return {
      front: jsonFront({
        name: "ecr",
        title: "ECR repositories",
        target: "AmazonEC2ContainerRegistry_V20150921.",
        signingName: "ecr",
        internalError: "ServerException",
        needs: (operation, input) =>
          derive(`ecr.${operation}`, input, () => {
            const names = namesIn(operation, input);
            if (!names) throw new UnknownRequestError("offline does not support this operation");
            const resources = names.length > 0 ? names.map((name) => arnOf(place, name)) : ["*"];
            const action = `ecr:${operation}`;
            return resources.map((resource) => ({ action, resource, context: {} }));
          }),
        perform(operation, input) {
          const known = file.read() ?? [];
          if (operation === "CreateRepository") {
            const { repositoryName: name } = CreateInput.parse(input);
            if (known.includes(name)) {
              const message = `The repository with name '${name}' already exists in the registry with id '${place.accountId}'`;
              throw new OperationError("RepositoryAlreadyExistsException", message);
            }
            file.write([...known, name]);
            return { repository: described(place, name) };
          }
          const names = DescribeInput.parse(input).repositoryNames ?? known;
          const missing = names.find((name) => !known.includes(name));
          if (missing !== undefined) {
            const message = `The repository with name '${missing}' does not exist in the registry with id '${place.accountId}'`;
            throw new OperationError("RepositoryNotFoundException", message);
          }
          return { repositories: names.map((name) => described(place, name)) };
        },
      }),
    };
  },
};

/** The repositories that an operation names, or undefined for an unknown operation. */
function namesIn(operation: string, input: unknown): string[] | undefined {
  if (operation === "CreateRepository") {
    const { data } = CreateInput.safeParse(input);
    if (!data) throw new UnknownRequestError("repositoryName is not a string");
    return [data.repositoryName];
  }
  if (operation !== "DescribeRepositories") return undefined;
  return DescribeInput.safeParse(input).data?.repositoryNames ?? [];
}
