/** What can go wrong with a request on its way. */
export type FaultKind =
  /** Refused for the rate of calls, as the service words it. */
  | "throttle"
  /** Refused with an internal error of the service. */
  | "error"
  /** Refused for want of authority. */
  | "deny"
  /** Never answered; the connection stays open until the client gives up. */
  | "timeout"
  /** The connection is cut before anything happens. */
  | "reset"
  /** The service does what was asked, and the connection is cut before it can say so. */
  | "lost";

/** Faults that the service answers with an error. */
export type InjectedError = Extract<FaultKind, "throttle" | "error" | "deny">;

/** A rule: of the requests that fit, this share meets this fault. */
export interface FaultRule {
  service: string;
  /** All operations of the service, where it is not given. */
  operation?: string;
  /** Only requests whose URL or JSON body holds this text. */
  match?: string;
  kind: FaultKind;
  /** Between 0 and 1. */
  rate: number;
  /** After so many faults the rule is used up; never, where it is not given. */
  times?: number;
}

/** How often each sort of fault was met: of requests by kind, and of notifications. */
export type FaultCounts = Partial<Record<FaultKind | "duplicated" | "delayed", number>>;

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
  #counts: FaultCounts = {};
  #state = 1;

  set(rules: FaultRule[], notifications: NotificationFaults = NONE, seed = 1): void {
    this.#rules = rules.map((rule) => ({ ...rule }));
    this.#notifications = notifications;
    this.#state = seed >>> 0 || 1;
  }

  /** What was met since the stack was started. */
  counts(): FaultCounts {
    return { ...this.#counts };
  }

  /**
   * Faults are for what functions do: the owner's own calls are never disturbed.
   * @param text what rules can look for; it is only asked for if one does.
   */
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

  /** @returns for each copy to send, how many seconds to hold it back. */
  forNotification(): number[] {
    const { duplicate, reorder, delaySeconds } = this.#notifications;
    const copies = this.#draw() < duplicate ? 2 : 1;
    if (copies > 1) this.#count("duplicated");
    return Array.from({ length: copies }, () => {
      if (this.#draw() >= reorder) return 0;
      this.#count("delayed");
      return 1 + Math.floor(this.#draw() * delaySeconds);
    });
  }

  #count(what: keyof FaultCounts): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
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
