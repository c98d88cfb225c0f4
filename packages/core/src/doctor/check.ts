/** What a check found. */
export interface CheckResult {
  /**
   * `ok`; `warning`: works, but should be changed; `problem`: the catalog is or becomes wrong, or
   * problems are not reported; `unknown`: it could not be checked.
   */
  readonly status: "ok" | "warning" | "problem" | "unknown";
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string | undefined;
}

/** A check of a stage, with its result. */
export interface Checked extends CheckResult {
  readonly name: string;
}

export const ok = (message: string): CheckResult => ({ status: "ok", message });

export const warning = (message: string, fix?: string): CheckResult => ({
  status: "warning",
  message,
  fix,
});

export const problem = (message: string, fix?: string): CheckResult => ({
  status: "problem",
  message,
  fix,
});
