/** A fault that can be injected into a request. */
export type FaultKind =
  /** The service's error for too many requests. */
  | "throttle"
  /** The service's internal error. */
  | "error"
  /** The service's error for a denied request. */
  | "deny"
  /** No response. The connection stays open until the client closes it. */
  | "timeout"
  /** The connection is closed before the operation is performed. */
  | "reset"
  /** The operation is performed, and the connection is closed before the response. */
  | "lost";

/** The faults for which the service returns an error. */
export type InjectedError = Extract<FaultKind, "throttle" | "error" | "deny">;

/** Injects a fault into a share of the requests that match. */
export interface FaultRule {
  service: string;
  /** Undefined: all operations of the service. */
  operation?: string;
  /** Matches only requests whose URL or JSON body contains this text. */
  match?: string;
  kind: FaultKind;
  /** The share, from 0 to 1. */
  rate: number;
  /** Number of faults after which the rule no longer applies. Undefined: no limit. */
  times?: number;
}

/** Number of injected faults, by kind. */
export type FaultCounts = Partial<Record<FaultKind | "duplicated" | "delayed" | "dropped", number>>;

/** The faults of S3 notifications. */
export interface NotificationFaults {
  /** Share of the notifications that are sent twice. */
  duplicate: number;
  /** Share that is delayed by 1 to `delaySeconds` seconds, so that later ones overtake it. */
  reorder: number;
  delaySeconds: number;
  /** Share that is never sent; the default is none. */
  drop?: number;
}

const NONE: NotificationFaults = { duplicate: 0, reorder: 0, delaySeconds: 0 };

/** The faults that a stack injects, for tests. There are none until `set` is called. */
export class Faults {
  #rules: FaultRule[] = [];
  #notifications: NotificationFaults = NONE;
  #counts: FaultCounts = {};
  #state = 1;

  /** Replaces the rules. The same seed makes the same choices. */
  set(rules: FaultRule[], notifications: NotificationFaults = NONE, seed = 1): void {
    this.#rules = rules.map((rule) => ({ ...rule }));
    this.#notifications = notifications;
    this.#state = seed >>> 0 || 1;
  }

  /** Counts since the start of the stack. */
  counts(): FaultCounts {
    return { ...this.#counts };
  }

  /** Returns the fault for a request. `text` is called only if a rule has a `match`. */
  forRequest(service: string, operation: string, text: () => string): FaultKind | undefined {
    const rule = this.#rules.find(
      (each) =>
        each.service === service &&
        (each.operation === undefined || each.operation === operation) &&
        each.times !== 0 &&
        (each.match === undefined || text().includes(each.match)) &&
        this.#draw() < each.rate,
    );
    if (rule === undefined) return undefined;
    if (rule.times !== undefined) rule.times -= 1;
    this.#count(rule.kind);
    return rule.kind;
  }

  /** Returns the delay in seconds of each copy to send; none if the notification is lost. */
  forNotification(): number[] {
    const { duplicate, reorder, delaySeconds, drop = 0 } = this.#notifications;
    if (drop > 0 && this.#draw() < drop) {
      this.#count("dropped");
      return [];
    }
    const copies = this.#draw() < duplicate ? 2 : 1;
    if (copies > 1) this.#count("duplicated");
    return Array.from({ length: copies }, () => {
      if (this.#draw() >= reorder) return 0;
      this.#count("delayed");
      return 1 + Math.floor(this.#draw() * delaySeconds);
    });
  }

  #count(kind: keyof FaultCounts): void {
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
  }

  /** Returns a number from 0 to 1, exclusive: Marsaglia's xorshift32, which can be seeded. */
  #draw(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state / 2 ** 32;
  }
}
