import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { createApp } from "./app.ts";
import type { BatchRecord } from "./batch-board.ts";
import { createServerBatches } from "./batch-lines.ts";
import type { BatchView, FakeProvider, FakeProviderOptions } from "./contract.ts";
import type { FakeServer } from "./fake-server.ts";
import { createFileStore } from "./file-store.ts";
import { createServerState } from "./server-state.ts";

/**
 * A server on a free port that speaks OpenAI's chat completions, responses, files and batches, Anthropic's messages and batches, and
 * Google's generateContent and batches, with the limits and failures that a script asks for; it counts what it billed.
 */
export async function startFakeProvider(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  const state = createServerState(options);
  let ids = 0;
  const run = randomUUID().slice(0, 8);
  const fake: FakeServer = {
    state,
    batches: createServerBatches(state),
    files: createFileStore(state.now),
    newId: (prefix) => `${prefix}${prefix === "file" ? "-" : "_"}${run}${++ids}`,
  };
  // The process's own Request and Response stay as they are.
  const server = createAdaptorServer({ fetch: createApp(fake).fetch, overrideGlobalObjects: false }) as Server;
  server.keepAliveTimeout = 60_000;
  await listen(server, options.port ?? 0);
  return createView(server, fake);
}

/** What a test sees of a server. */
function createView(server: Server, { state, batches }: FakeServer): FakeProvider {
  const { counts, answeredByBody, arrivals, statuses, otherRequests, billing } = state;
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    origin,
    baseUrl: `${origin}/v1`,
    googleBaseUrl: `${origin}/v1beta`,
    get requests() {
      return counts.requests;
    },
    get answered() {
      return counts.answered;
    },
    get inFlight() {
      return counts.inFlight;
    },
    get mostInFlight() {
      return counts.mostInFlight;
    },
    answeredByBody,
    arrivals,
    statuses,
    otherRequests,
    get bill() {
      batches.list();
      return billing;
    },
    get batches() {
      return batches.list().map(viewBatch).toReversed();
    },
    advance: () => batches.advance(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function viewBatch({ id, protocol, stage, metadata, lines, outcomes }: BatchRecord): BatchView {
  const customIds = lines.map(({ customId }) => customId);
  const answered = [...outcomes.values()].filter(({ kind }) => kind === "answered").length;
  return { id, protocol, stage, metadata, customIds, answered };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}
