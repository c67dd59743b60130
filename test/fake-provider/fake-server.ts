import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono } from "hono";
import type { BatchBoard } from "./batch-board.ts";
import type { FileStore } from "./file-store.ts";
import type { ServerState } from "./server-state.ts";

export type FakeEnv = { Bindings: HttpBindings };
export type FakeApp = Hono<FakeEnv>;
export type FakeContextOf = Context<FakeEnv>;

/** The parts of a server that its routes share. */
export interface FakeServer {
  readonly state: ServerState;
  readonly batches: BatchBoard;
  readonly files: FileStore;
  /** A new name such as "batch_3". */
  readonly newId: (prefix: string) => string;
}
