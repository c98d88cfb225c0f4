import { randomUUID } from "node:crypto";

import type { Sqlite } from "@waybill/sqlite";
import type { Messages } from "./store/messages.ts";
import type { Polls } from "./polls.ts";
import type { Queue, Queues } from "./store/queues.ts";
import type { Retention } from "./retention.ts";
import type { MoveTask, MoveTaskRecords } from "./store/move-task-records.ts";

export interface MoveTasksOptions {
  now: () => number;
  database: Sqlite;
  queues: Queues;
  messages: Messages;
  retention: Retention;
  polls: Polls;
  moveTaskRecords: MoveTaskRecords;
}

/** Messages per step: few, so that a long task does not delay requests. */
const MESSAGES_PER_STEP = 100;

/** The start of the interval over which the rate of a task is measured. */
interface Pace {
  since: number;
  moved: number;
}

/**
 * Runs message move tasks in the background. Each step and its count are one transaction, so a task
 * continues after a restart of the process. The rate is measured from the restart.
 */
export class MoveTasks {
  readonly #options: MoveTasksOptions;
  readonly #paces = new Map<number, Pace>();
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(options: MoveTasksOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Returns the active task of a source queue. A queue has at most one. */
  activeOf(sourceArn: string): MoveTask | undefined {
    return this.#options.moveTaskRecords.active().find(({ source }) => source === sourceArn);
  }

  start(task: { source: Queue; destination?: string; rate?: number }): MoveTask {
    const { moveTaskRecords: records, database, messages, retention, now } = this.#options;
    retention.sweep(task.source);
    const started = database.transaction(() => {
      const { visible } = messages.counts(task.source.id, now());
      return records.insert({
        taskId: randomUUID(),
        source: task.source.arn,
        ...(task.destination === undefined ? {} : { destination: task.destination }),
        ...(task.rate === undefined ? {} : { rate: task.rate }),
        status: "RUNNING",
        moved: 0,
        toMove: visible,
        startedAt: now(),
      });
    });
    this.#schedule();
    return started;
  }

  /** Cancels a task. It stops before its next step. */
  cancel(task: MoveTask): void {
    this.#options.moveTaskRecords.update({ ...task, status: "CANCELLING" });
    this.#schedule();
  }

  /** Runs the steps that a change of the clock made due. */
  recheck(): void {
    this.#step();
  }

  close(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  /** Schedules the next step for the time when it is due. */
  #schedule(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    const due = Math.min(
      ...this.#options.moveTaskRecords.active().map((task) => this.#dueIn(task)),
    );
    if (due === 0) this.#immediate = setImmediate(() => this.#step());
    else if (due < Infinity) this.#timer = setTimeout(() => this.#step(), due).unref();
  }

  /** Milliseconds until the rate of the task allows the next message. */
  #dueIn(task: MoveTask): number {
    if (task.rate === undefined || task.status !== "RUNNING") return 0;
    const { since, moved } = this.#paceOf(task);
    const at = since + Math.ceil(((task.moved - moved + 1) * 1000) / task.rate);
    return Math.max(0, at - this.#options.now());
  }

  #paceOf(task: MoveTask): Pace {
    const known = this.#paces.get(task.id);
    if (known) return known;
    const pace = { since: this.#options.now(), moved: task.moved };
    this.#paces.set(task.id, pace);
    return pace;
  }

  #step(): void {
    const { moveTaskRecords: records, database, queues, retention, polls } = this.#options;
    for (const task of records.active().filter((each) => this.#dueIn(each) === 0)) {
      const source = queues.findByArn(task.source);
      if (source) retention.sweep(source);
      const woken = database.transaction(() => this.#advance(task, source));
      for (const queue of woken) polls.wake(queue);
    }
    this.#schedule();
  }

  /** Runs one step of a task, and returns the queues with new visible messages. */
  #advance(task: MoveTask, source: Queue | undefined): Set<Queue> {
    const { moveTaskRecords: records, queues, messages, retention, polls, now } = this.#options;
    const woken = new Set<Queue>();
    const finish = (status: MoveTask["status"], moved: number, failure?: string) => {
      records.update({ ...task, moved, status, ...(failure === undefined ? {} : { failure }) });
      if (status !== "RUNNING") this.#paces.delete(task.id);
      return woken;
    };
    if (task.status === "CANCELLING") return finish("CANCELLED", task.moved);
    if (!source) return finish("FAILED", task.moved, NO_QUEUE);

    const budget = Math.min(task.toMove - task.moved, this.#allowance(task));
    const candidates = messages.candidates(source.id, now(), budget);
    let moved = task.moved;
    for (const { id } of candidates) {
      const arn = task.destination ?? messages.deadSourceOf(id);
      if (arn === undefined) return finish("FAILED", moved, NO_SOURCE);
      const destination = queues.findByArn(arn);
      if (!destination) return finish("FAILED", moved, NO_QUEUE);
      const sentAt = now();
      const visibleAt = sentAt + destination.settings.delay;
      messages.redrive(id, destination.id, { messageId: randomUUID(), sentAt, visibleAt });
      retention.added(destination, sentAt);
      if (visibleAt > sentAt) polls.hiddenUntil(destination, visibleAt);
      else woken.add(destination);
      moved += 1;
    }
    const done = moved >= task.toMove || candidates.length < budget;
    return finish(done ? "COMPLETED" : "RUNNING", moved);
  }

  #allowance(task: MoveTask): number {
    if (task.rate === undefined) return MESSAGES_PER_STEP;
    const { since, moved } = this.#paceOf(task);
    const earned = Math.floor(((this.#options.now() - since) * task.rate) / 1000);
    return Math.min(MESSAGES_PER_STEP, earned - (task.moved - moved));
  }
}

// Values of `FailureReason` in ListMessageMoveTasks.
const NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue";
const NO_SOURCE = "CouldNotDetermineMessageSource";
