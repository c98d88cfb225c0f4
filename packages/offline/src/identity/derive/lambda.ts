import type { Requirement } from "./requirement.ts";

/**
 * What a call of a function's URL does. Since October 2025 both actions are needed (Lambda Developer Guide, "Control access
 * to Lambda function URLs"), also of strangers, where the URL has no authentication.
 */
export function functionUrlRequirements(
  functionArn: string,
  authType: "AWS_IAM" | "NONE",
): Requirement[] {
  return [
    {
      action: "lambda:InvokeFunctionUrl",
      resource: functionArn,
      context: { "lambda:FunctionUrlAuthType": authType, "lambda:FunctionArn": functionArn },
    },
    {
      action: "lambda:InvokeFunction",
      resource: functionArn,
      context: { "lambda:InvokedViaFunctionUrl": "true" },
    },
  ];
}
