import { BudgetError } from "../../core/index.ts";
import type { ModelAnswer, ModelRequest } from "../request.ts";
import { createWakeUp } from "../wake-up.ts";

export interface LaneOptions {
  /** Asks what comes, one by one; the tag is the call's identity. */
  readonly ask: (requests: AsyncIterable<ModelRequest<string>>) => AsyncIterable<ModelAnswer<string>>;
  readonly onAnswer: (answer: ModelAnswer<string>) => void;
  readonly onError: (error: unknown) => void;
  /** After the budget was reached: resolves with true when some of it may be free again, with false where nothing could free it. */
  readonly awaitRelief: () => Promise<boolean>;
}

/** Calls that wait to be taken. */
const mostQueued = 64;

/** Calls that are made in real time, beside batches. */
export class RealtimeLane {
  readonly #options: LaneOptions;
  /** Given and not answered, by identity. */
  readonly #open = new Map<string, ModelRequest<string>>();
  #queue: ModelRequest<string>[] = [];
  readonly #filled = createWakeUp();
  readonly #room = createWakeUp();
  #isClosed = false;
  /** Which run the queue belongs to; a run that the budget has ended must take nothing more. */
  #round = 0;
  #done: Promise<void> | null = null;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Calls without an outcome. */
  get open(): number {
    return this.#open.size;
  }

  /** Waits for room, so that no more is taken than can be started. */
  async push(request: ModelRequest<string>): Promise<void> {
    this.#done ??= this.#run();
    while (this.#queue.length >= mostQueued && !this.#isClosed) await this.#room.wait();
    this.#open.set(request.tag, request);
    this.#queue.push(request);
    this.#filled.notify();
  }

  /** Ends when all that was given has its outcome; also after an error, which has been told then. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#filled.notify();
    this.#room.notify();
    await this.#done;
  }

  async #run(): Promise<void> {
    try {
      while (!(await this.#askAll())) {
        this.#round++;
        this.#filled.notify();
        this.#queue = [...this.#open.values()];
      }
    } catch (error) {
      this.#isClosed = true;
      this.#room.notify();
      this.#options.onError(error);
    }
  }

  /** False where the budget was reached, and there is hope. */
  async #askAll(): Promise<boolean> {
    try {
      for await (const answer of this.#options.ask(this.#requests(this.#round))) {
        this.#open.delete(answer.tag);
        this.#options.onAnswer(answer);
      }
      return true;
    } catch (error) {
      if (error instanceof BudgetError && (await this.#options.awaitRelief())) return false;
      throw error;
    }
  }

  async *#requests(round: number): AsyncGenerator<ModelRequest<string>> {
    while (round === this.#round) {
      const request = this.#queue.shift();
      if (request !== undefined) {
        this.#room.notify();
        yield request;
      } else if (this.#isClosed) return;
      else await this.#filled.wait();
    }
  }
}
