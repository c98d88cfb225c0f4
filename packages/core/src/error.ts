/** Every failure a caller may act on. */
export abstract class WaybillError extends Error {
  abstract override readonly name: string;
  /** Stable and part of the API: `area.what_happened`. */
  abstract readonly code: `${string}.${string}`;
  /** Whether the same call may succeed if it is made again later. */
  abstract readonly retry: boolean;
}
