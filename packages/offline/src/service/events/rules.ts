import type { Place } from "../../edge/requirement.ts";
import type { Clock } from "../../ground/clock.ts";
import { scheduledEvent } from "./event.ts";
import type { RulePlan } from "./plan.ts";
import { Scheduler } from "./scheduler.ts";
import type { TargetPlan } from "./target-plan.ts";

/** Sends an event to a target of a rule. Never throws. */
export type Send = (rule: RulePlan, target: TargetPlan, event: unknown) => void;

interface RulesOptions {
  readonly buses: readonly string[];
  readonly rules: readonly RulePlan[];
  readonly place: Place;
  readonly clock: Clock;
  readonly send: Send;
}

/** The rules of a stage: which are enabled, and what they send to their targets. */
export class Rules {
  readonly #options: RulesOptions;
  readonly #scheduler: Scheduler;
  readonly #enabled: Set<RulePlan>;
  #isRunning = false;

  constructor(options: RulesOptions) {
    this.#options = options;
    this.#scheduler = new Scheduler(options.clock);
    this.#enabled = new Set(options.rules.filter(({ isEnabled }) => isEnabled));
  }

  /** The rules of a bus, ordered by name. */
  of(bus: string): RulePlan[] {
    return this.#options.rules
      .filter((rule) => rule.bus === bus)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  hasBus(bus: string): boolean {
    return this.#options.buses.includes(bus);
  }

  isEnabled(rule: RulePlan): boolean {
    return this.#enabled.has(rule);
  }

  /** Enables a rule until the stack stops. Its rate counts from now. */
  enable(rule: RulePlan): void {
    if (this.#enabled.has(rule)) return;
    this.#enabled.add(rule);
    this.#schedule(rule);
  }

  /** Disables a rule until the stack stops. */
  disable(rule: RulePlan): void {
    this.#enabled.delete(rule);
    this.#scheduler.stop(rule.arn);
  }

  /** Sends an event to the targets of the enabled rules of a bus that match it. */
  put(bus: string, event: unknown): void {
    for (const rule of this.#enabled) {
      if (rule.bus === bus && rule.matches?.(event) === true) this.#sendToTargets(rule, event);
    }
  }

  /** Starts the schedules. */
  start(): void {
    this.#isRunning = true;
    for (const rule of this.#enabled) this.#schedule(rule);
  }

  close(): void {
    this.#isRunning = false;
    this.#scheduler.close();
  }

  #schedule(rule: RulePlan): void {
    if (!this.#isRunning || rule.schedule === undefined) return;
    this.#scheduler.start(rule.arn, rule.schedule, (due) => {
      this.#sendToTargets(rule, scheduledEvent(this.#options.place, rule.arn, due));
    });
  }

  #sendToTargets(rule: RulePlan, event: unknown): void {
    for (const target of rule.targets) this.#options.send(rule, target, event);
  }
}
