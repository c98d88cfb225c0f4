import type { FirstGuard, RecordWrite } from "./record-write.ts";
import type { StoredRecord } from "./stored.ts";

/** A condition expression with its names and values. The names of its values start with `:if_`. */
interface Condition {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string>>;
}

const ABSENT = "attribute_not_exists(#pk)";

/** Converts the guard of a write to a condition expression. */
export function conditionOf(write: RecordWrite): Condition {
  const { guard } = write;
  if (guard.kind === "absent") return { expression: ABSENT, names: { "#pk": "pk" }, values: {} };
  if (guard.kind === "unchanged") return unchanged(guard.stored);
  const parts = [
    test("#readAt < :if_readBefore", { ":if_readBefore": guard.readBefore }),
    test("#event.#time <= :if_eventTime", { ":if_eventTime": guard.eventTime }),
    ...sequencerTests(write, guard),
    ...coverageTests(write, guard),
    ...sameObjectTests(write, guard),
  ];
  const all = allOf(parts);
  return {
    expression: `${ABSENT} OR (${all.expression})`,
    names: { "#pk": "pk", ...all.names },
    values: all.values,
  };
}

const COMPARISONS = { "at most": "<=", "less than": "<", "at least": ">=" } as const;

function sequencerTests({ sequencer }: RecordWrite, guard: FirstGuard): Condition[] {
  if (guard.sequencer === "any") return [];
  const comparison = COMPARISONS[guard.sequencer];
  return [test(`#sequencer ${comparison} :if_sequencer`, { ":if_sequencer": sequencer })];
}

function coverageTests({ sequencer }: RecordWrite, { notReadAfter }: FirstGuard): Condition[] {
  if (notReadAfter === undefined) return [];
  return [
    test("(#readAt <= :if_notReadAfter OR #sequencer < :if_sequencer OR #state = :if_unreadable)", {
      ":if_notReadAfter": notReadAfter,
      ":if_sequencer": sequencer,
      ":if_unreadable": "unreadable",
    }),
  ];
}

function sameObjectTests({ content }: RecordWrite, { sameObject }: FirstGuard): Condition[] {
  if (!sameObject || content.state === "deleted") return [];
  const { etag = "", lastModified, versionId } = content.object;
  const tests = [
    test("#state = :if_present", { ":if_present": "present" }),
    test("#object.#etag = :if_etag", { ":if_etag": etag }),
    test("#object.#lastModified = :if_lastModified", { ":if_lastModified": lastModified }),
  ];
  tests.push(
    versionId === undefined
      ? test("attribute_not_exists(#object.#versionId)", {})
      : test("#object.#versionId = :if_versionId", { ":if_versionId": versionId }),
  );
  return tests;
}

/** The stored record is still this one. A record of the first release has no `rev`. */
function unchanged({ rev, storedSequencer, indexedAt, state }: StoredRecord): Condition {
  if (rev !== undefined) return test("#rev = :if_rev", { ":if_rev": rev });
  return allOf([
    test("attribute_not_exists(#rev)", {}),
    test("#sequencer = :if_sequencer", { ":if_sequencer": storedSequencer }),
    test("#state = :if_state", { ":if_state": state }),
    indexedAt === undefined
      ? test("attribute_not_exists(#indexedAt)", {})
      : test("#indexedAt = :if_indexedAt", { ":if_indexedAt": indexedAt }),
  ]);
}

/** A condition in which `#name` stands for the attribute `name`. */
function test(expression: string, values: Condition["values"]): Condition {
  const names = [...expression.matchAll(/#(\w+)/g)].map(([alias, name = ""]) => [alias, name]);
  return { expression, names: Object.fromEntries(names) as Record<string, string>, values };
}

function allOf(conditions: readonly Condition[]): Condition {
  return {
    expression: conditions.map(({ expression }) => expression).join(" AND "),
    names: Object.assign({}, ...conditions.map(({ names }) => names)) as Record<string, string>,
    values: Object.assign({}, ...conditions.map(({ values }) => values)) as Record<string, string>,
  };
}
