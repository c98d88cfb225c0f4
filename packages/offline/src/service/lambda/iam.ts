import type { Derivation } from "../../edge/requirement.ts";

/**
 * What a call of a function URL needs. Since October 2025 both actions are needed (Lambda Developer Guide, "Control access to
 * Lambda function URLs"). Offline, a URL without authentication needs nothing.
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
