import { rule } from "./rule.ts";
import { settings } from "./stage.ts";

/** What the code needs to know of the settings of the stage. */
export const stageSettings = new sst.Linkable("Settings", {
  properties: {
    /** Whether records have the tags of their objects. */
    tags: settings.tags === true,
    /** The ARN of the rule that sends the events of an existing bucket; empty without one. */
    rule: rule?.arn ?? "",
  },
});
