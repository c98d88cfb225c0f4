/** A schedule expression that EventBridge would reject, or that is not supported. */
export class ScheduleError extends Error {
  override readonly name = "ScheduleError";
}
