/** What can go wrong with a request on its way. */
export type FaultKind =
  /** Refused for the rate of calls, as the service words it. */
  | "throttle"
  /** Refused with an internal error of the service. */
  | "error"
  /** Never answered; the connection stays open until the client gives up. */
  | "timeout"
  /** The connection is cut before anything happens. */
  | "reset"
  /** The service does what was asked, and the connection is cut before it can say so. */
  | "lost";

/** A rule: of the requests that fit, this share meets this fault. */
export interface FaultRule {
  service: string;
  /** All operations of the service, where it is not given. */
  operation?: string;
  kind: FaultKind;
  /** Between 0 and 1. */
  rate: number;
}

/** What can go wrong with a notification of S3. */
export interface NotificationFaults {
  /** Share that is sent twice. */
  duplicate: number;
  /** Share that is held back for one to `delaySeconds` seconds, so that later ones overtake it. */
  reorder: number;
  delaySeconds: number;
}

const NONE: NotificationFaults = { duplicate: 0, reorder: 0, delaySeconds: 0 };

/** The faults that a stack injects, for tests; none unless it is told. The same seed makes the same choices. */
export class Faults {
  #rules: FaultRule[] = [];
  #notifications: NotificationFaults = NONE;
  #state = 1;

  set(rules: FaultRule[], notifications: NotificationFaults = NONE, seed = 1): void {
    this.#rules = rules;
    this.#notifications = notifications;
    this.#state = seed >>> 0 || 1;
  }

  /** Faults are for what functions do: the owner's own calls are never disturbed. */
  forRequest(service: string, operation: string): FaultKind | undefined {
    return this.#rules.find(
      (rule) =>
        rule.service === service &&
        (rule.operation === undefined || rule.operation === operation) &&
        this.#draw() < rule.rate,
    )?.kind;
  }

  /** @returns for each copy to send, how many seconds to hold it back. */
  forNotification(): number[] {
    const { duplicate, reorder, delaySeconds } = this.#notifications;
    const copies = this.#draw() < duplicate ? 2 : 1;
    return Array.from({ length: copies }, () =>
      this.#draw() < reorder ? 1 + Math.floor(this.#draw() * delaySeconds) : 0,
    );
  }

  /** xorshift32: small, and the same everywhere. */
  #draw(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state / 2 ** 32;
  }
}
