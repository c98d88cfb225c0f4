// The exports of `@waybill/offline/metrics`.
export { type Datum, parseEmf } from "./emf.ts";
