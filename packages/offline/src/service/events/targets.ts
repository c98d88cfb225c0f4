import type { Role } from "../../edge/authority.ts";
import { lambda } from "../lambda/provision.ts";
import type { Stage } from "../service.ts";
import { SnsError } from "../sns/error.ts";
import { sns } from "../sns/provision.ts";
import { sqs } from "../sqs/provision.ts";
import { stepFunctions } from "../step-functions/provision.ts";
import type { RulePlan } from "./plan.ts";
import type { TargetPlan } from "./target-plan.ts";

const EVENTS = "events.amazonaws.com";

/** EventBridge does not retry these errors. */
type ErrorCode = "NO_PERMISSIONS" | "NO_RESOURCE" | "SDK_CLIENT_ERROR";

/** An event cannot be delivered. */
class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Sends events to the targets of rules, if the policies allow it. */
export class Targets {
  readonly #stage: Stage;
  readonly #roles: readonly Role[];

  /** `roles` are those of the targets. */
  constructor(stage: Stage, roles: readonly Role[]) {
    this.#stage = stage;
    this.#roles = roles;
  }

  /**
   * Sends an event. One that cannot be delivered is reported and sent to the dead-letter queue of the
   * target. Without a dead-letter queue it is lost, as on AWS. Never rejects.
   */
  async send(rule: RulePlan, target: TargetPlan, event: unknown): Promise<void> {
    try {
      const input = target.inputOf(event);
      if (input === undefined) {
        throw new DeliveryError("SDK_CLIENT_ERROR", `${target.inputPath} selects nothing`);
      }
      await this.#deliver(rule, target, input);
    } catch (error) {
      this.#report(rule, target, (error as Error).message);
      await this.#sendToDeadLetters(rule, target, event, error as Error);
    }
  }

  async #deliver(rule: RulePlan, { arn, roleArn }: TargetPlan, input: string): Promise<void> {
    const service = arn.split(":")[2];
    if (service === "sqs") this.#sendToQueue(rule, arn, input);
    else if (service === "lambda") this.#invoke(rule, arn, input);
    else if (service === "sns") await this.#publish(rule, arn, input);
    else await this.#startExecution(arn, roleArn, input);
  }

  #sendToQueue(rule: RulePlan, arn: string, body: string): void {
    const { faults, running } = this.#stage;
    this.#checkAllowed(rule, "sqs:SendMessage", arn);
    const queues = running(sqs).engine;
    try {
      for (const delaySeconds of faults.forNotification()) queues.send(arn, body, delaySeconds);
    } catch (error) {
      throw new DeliveryError("NO_RESOURCE", (error as Error).message);
    }
  }

  async #publish(rule: RulePlan, arn: string, message: string): Promise<void> {
    this.#checkAllowed(rule, "sns:Publish", arn);
    try {
      await this.#stage.running(sns).publish(arn, message);
    } catch (error) {
      if (!(error instanceof SnsError)) throw error;
      const code = error.code === "NotFound" ? "NO_RESOURCE" : "SDK_CLIENT_ERROR";
      throw new DeliveryError(code, error.message);
    }
  }

  /** Lambda invokes the function asynchronously: an error of the function does not fail the delivery. */
  #invoke(rule: RulePlan, arn: string, payload: string): void {
    const functions = this.#stage.running(lambda);
    if (functions.arnOf(arn) === undefined) {
      throw new DeliveryError("NO_RESOURCE", `Function not found: ${arn}`);
    }
    this.#checkAllowed(rule, "lambda:InvokeFunction", arn);
    functions.invokeAsync(arn, payload);
  }

  async #startExecution(
    stateMachineArn: string,
    roleArn: string | undefined,
    input: string,
  ): Promise<void> {
    const { authority, graph, running } = this.#stage;
    const role = this.#roles.find((one) => one.arn === roleArn);
    if (role === undefined || !authority.mayAssume(role, EVENTS)) {
      const message = "EventBridge cannot assume the role of the target.";
      throw new DeliveryError("NO_PERMISSIONS", message);
    }
    const { accountId } = graph;
    const principal = { type: "role", arn: role.arn, accountId, session: "events" } as const;
    const needed = { action: "states:StartExecution", resource: stateMachineArn, context: {} };
    const denial = authority.denialFor(principal, [needed]);
    if (denial !== undefined) throw new DeliveryError("NO_PERMISSIONS", denial);
    const { engine } = running(stepFunctions);
    await engine.handle({ operation: "StartExecution", input: { stateMachineArn, input } });
  }

  /** Checks the policy of a resource for EventBridge, and logs a denial. */
  #checkAllowed({ arn: ruleArn }: RulePlan, action: string, resource: string): void {
    const { authority, graph } = this.#stage;
    const context = { "aws:SourceArn": ruleArn, "aws:SourceAccount": graph.accountId };
    const principal = { type: "service", service: EVENTS } as const;
    const denial = authority.denialFor(principal, [{ action, resource, context }]);
    if (denial !== undefined) throw new DeliveryError("NO_PERMISSIONS", denial);
  }

  /** Amazon EventBridge User Guide, "Using dead-letter queues to process undelivered events". */
  async #sendToDeadLetters(
    rule: RulePlan,
    target: TargetPlan,
    event: unknown,
    error: Error,
  ): Promise<void> {
    const { deadLetterArn: arn } = target;
    if (arn === undefined) return;
    const attributes = {
      RULE_ARN: rule.arn,
      TARGET_ARN: target.arn,
      ERROR_CODE: error instanceof DeliveryError ? error.code : "SDK_CLIENT_ERROR",
      ERROR_MESSAGE: error.message,
    };
    try {
      this.#checkAllowed(rule, "sqs:SendMessage", arn);
      await this.#stage.running(sqs).engine.handle({
        operation: "SendMessage",
        endpoint: this.#stage.endpoint,
        signal: new AbortController().signal,
        input: {
          QueueUrl: `${this.#stage.endpoint}/${arn.split(":").slice(-2).join("/")}`,
          MessageBody: JSON.stringify(event),
          MessageAttributes: Object.fromEntries(
            Object.entries(attributes).map(([name, StringValue]) => [
              name,
              { DataType: "String", StringValue },
            ]),
          ),
        },
      });
    } catch (cause) {
      this.#report(rule, { arn }, (cause as Error).message);
    }
  }

  #report({ name }: RulePlan, { arn }: Pick<TargetPlan, "arn">, reason: string): void {
    const message = `the rule ${name} did not reach ${arn}: ${reason}`;
    this.#stage.options.onEvent({ type: "problem", message });
  }
}
