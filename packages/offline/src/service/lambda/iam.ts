import type { Derivation } from "../../edge/requirement.ts";

/** The condition keys that requirements of this service can have. */
export const LAMBDA_CONDITION_KEYS = `
  lambda:FunctionUrlAuthType lambda:FunctionArn lambda:InvokedViaFunctionUrl
`;

/**
 * Returns the permissions that a call of a function URL needs. AWS requires both actions since
 * October 2025 (Lambda Developer Guide, "Control access to Lambda function URLs"). Offline, a URL
 * without authentication needs no permission.
 */
export function functionUrlNeeds(functionArn: string, authorization: string): Derivation {
  if (authorization !== "AWS_IAM") return { ok: true, requirements: [] };
  return {
    ok: true,
    requirements: [
      {
        action: "lambda:InvokeFunctionUrl",
        resource: functionArn,
        context: { "lambda:FunctionUrlAuthType": "AWS_IAM", "lambda:FunctionArn": functionArn },
      },
      {
        action: "lambda:InvokeFunction",
        resource: functionArn,
        context: { "lambda:InvokedViaFunctionUrl": "true" },
      },
    ],
  };
}
