import { Resource } from "sst";

/** The app and the stage that this process belongs to. */
export const app = (): { name: string; stage: string } => Resource.App;

/** The name of the bucket whose objects are catalogued. */
export const filesBucket = (): string => Resource.Files.name;

/** The name of the catalogue's table. */
export const catalogTable = (): string => Resource.Catalog.name;

/** The URL of the queue that S3's events wait in. */
export const eventsQueue = (): string => Resource.Events.url;

/** The URL of the queue of events that could not be processed. */
export const deadEventsQueue = (): string => Resource.DeadEvents.url;
