// What `@waybill/offline/metrics` exports.
export { type Datum, parseEmf } from "./emf.ts";
