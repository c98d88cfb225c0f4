import type { StatementSync } from "node:sqlite";

import {
  type Sqlite,
  integer,
  optionalInteger,
  optionalText,
  type Row,
  text,
} from "@waybill/sqlite";

import { MOVE_TASKS_PER_PAGE } from "../limits.ts";

type MoveTaskStatus = "RUNNING" | "COMPLETED" | "CANCELLING" | "CANCELLED" | "FAILED";

export interface MoveTask {
  id: number;
  taskId: string;
  /** ARN of the dead-letter queue. */
  source: string;
  /** ARN; without it each message goes back to its source queue. */
  destination?: string;
  /** Messages per second. */
  rate?: number;
  status: MoveTaskStatus;
  moved: number;
  toMove: number;
  failure?: string;
  startedAt: number;
}

const STATUSES: readonly MoveTaskStatus[] = [
  "RUNNING",
  "COMPLETED",
  "CANCELLING",
  "CANCELLED",
  "FAILED",
];

export class MoveTaskRecords {
  readonly #insert: StatementSync;
  readonly #deleteOldest: StatementSync;
  readonly #update: StatementSync;
  readonly #find: StatementSync;
  readonly #recent: StatementSync;
  /** The tasks that have not ended. In memory, because every step reads them. */
  readonly #active = new Map<number, MoveTask>();

  constructor(database: Sqlite) {
    this.#insert = database.prepare(
      `INSERT INTO move_tasks (task_id, source, destination, rate, status, moved, to_move, started_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#deleteOldest = database.prepare(
      `DELETE FROM move_tasks WHERE source = ? AND id NOT IN
       (SELECT id FROM move_tasks WHERE source = ? ORDER BY id DESC LIMIT ${MOVE_TASKS_PER_PAGE.max})`,
    );
    this.#update = database.prepare(
      "UPDATE move_tasks SET status = ?, moved = ?, failure = ? WHERE id = ?",
    );
    this.#find = database.prepare("SELECT * FROM move_tasks WHERE task_id = ?");
    this.#recent = database.prepare(
      "SELECT * FROM move_tasks WHERE source = ? ORDER BY id DESC LIMIT ?",
    );
    const active = database.prepare(
      "SELECT * FROM move_tasks WHERE status IN ('RUNNING', 'CANCELLING')",
    );
    for (const task of active.all().map(read)) this.#active.set(task.id, task);
  }

  /**
   * Inserts a task, and deletes those of its source that ListMessageMoveTasks cannot return any
   * more.
   */
  insert(task: Omit<MoveTask, "id">): MoveTask {
    const { lastInsertRowid } = this.#insert.run(
      task.taskId,
      task.source,
      task.destination ?? null,
      task.rate ?? null,
      task.status,
      task.moved,
      task.toMove,
      task.startedAt,
    );
    this.#deleteOldest.run(task.source, task.source);
    const inserted = { ...task, id: Number(lastInsertRowid) };
    this.#active.set(inserted.id, inserted);
    return inserted;
  }

  update(task: MoveTask): void {
    this.#update.run(task.status, task.moved, task.failure ?? null, task.id);
    if (task.status === "RUNNING" || task.status === "CANCELLING") this.#active.set(task.id, task);
    else this.#active.delete(task.id);
  }

  find(taskId: string): MoveTask | undefined {
    const row = this.#find.get(taskId);
    return row && read(row);
  }

  /** Returns the tasks of a source, newest first. */
  recent(source: string, limit: number): MoveTask[] {
    return this.#recent.all(source, limit).map(read);
  }

  active(): MoveTask[] {
    return [...this.#active.values()];
  }
}

function read(row: Row): MoveTask {
  const status = STATUSES.find((known) => known === row["status"]);
  if (status === undefined) throw new TypeError(`The status ${String(row["status"])} is unknown.`);
  const destination = optionalText(row, "destination");
  const rate = optionalInteger(row, "rate");
  const failure = optionalText(row, "failure");
  return {
    id: integer(row, "id"),
    taskId: text(row, "task_id"),
    source: text(row, "source"),
    ...(destination === undefined ? {} : { destination }),
    ...(rate === undefined ? {} : { rate }),
    status,
    moved: integer(row, "moved"),
    toMove: integer(row, "to_move"),
    ...(failure === undefined ? {} : { failure }),
    startedAt: integer(row, "started_at"),
  };
}
