import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type FakeProvider,
  type FakeProviderOptions,
  type FakeReply,
  type RawRequest,
  startFakeProvider,
} from "../../../test/fake-provider/index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { openLedger } from "../ledger/ledger-open.ts";
import { ask, type BatchProtocol, collect, modelAt, runCalls, tagsOf } from "./fixtures/calling.ts";
import type { ProgramSettings } from "./fixtures/calling-program.ts";

const program = fileURLToPath(new URL("./fixtures/calling-program.ts", import.meta.url));

let folder: string;
let path: string;
let provider: FakeProvider | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nexa-kill-"));
  path = join(folder, "ledger.sqlite");
  provider = null;
});

afterEach(async () => {
  await provider?.close();
  rmSync(folder, { recursive: true });
});

interface KillPoint {
  readonly name: string;
  readonly protocol: BatchProtocol;
  readonly isHit: (request: RawRequest) => boolean;
  /** What the server does with the request at which the process dies: nothing at all, or all of it, with a reply that nobody gets. */
  readonly reply: "reset" | "lost";
  /** Batches that there are in the end. */
  readonly batches: number;
}

const is = (method: string, pattern: RegExp) => (request: RawRequest) =>
  request.method === method && pattern.test(request.path);

const submissions: Readonly<Record<BatchProtocol, RegExp>> = {
  openai: /^\/v1\/batches$/,
  "openai-responses": /^\/v1\/batches$/,
  anthropic: /^\/v1\/messages\/batches$/,
  google: /:batchGenerateContent$/,
};
const looks: Readonly<Record<BatchProtocol, RegExp>> = {
  openai: /^\/v1\/batches\/[^/]+$/,
  "openai-responses": /^\/v1\/batches\/[^/]+$/,
  anthropic: /^\/v1\/messages\/batches\/[^/]+$/,
  google: /^\/v1beta\/batches\/[^/]+$/,
};

const killPoints: readonly KillPoint[] = [
  { name: "the upload", protocol: "openai", isHit: is("POST", /^\/v1\/files$/), reply: "reset", batches: 1 },
  { name: "the upload's reply", protocol: "openai", isHit: is("POST", /^\/v1\/files$/), reply: "lost", batches: 1 },
  { name: "the download", protocol: "openai", isHit: is("GET", /content$/), reply: "lost", batches: 1 },
  { name: "the download", protocol: "anthropic", isHit: is("GET", /results$/), reply: "lost", batches: 1 },
  ...(["openai", "openai-responses", "anthropic", "google"] as const).flatMap((protocol): KillPoint[] => [
    { name: "the submission", protocol, isHit: is("POST", submissions[protocol]), reply: "reset", batches: 1 },
    { name: "the submission's reply", protocol, isHit: is("POST", submissions[protocol]), reply: "lost", batches: 1 },
    { name: "a look", protocol, isHit: is("GET", looks[protocol]), reply: "reset", batches: 1 },
  ]),
];

async function startServer(options: FakeProviderOptions): Promise<FakeProvider> {
  provider = await startFakeProvider(options);
  return provider;
}

function startProgram(server: FakeProvider, settings: Pick<ProgramSettings, "protocol" | "count">): ChildProcess {
  const { baseUrl, googleBaseUrl } = server;
  const argument: ProgramSettings = { ledgerPath: path, baseUrl, googleBaseUrl, ...settings };
  return spawn(process.execPath, [program, JSON.stringify(argument)], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Runs the program until it is killed at a request. */
async function killAt({ isHit, reply, protocol }: KillPoint, options: FakeProviderOptions = {}): Promise<FakeProvider> {
  let child: ChildProcess | null = null;
  let isKilled = false;
  const intercept = (request: RawRequest): FakeReply | null => {
    if (isKilled || child === null || !isHit(request)) return null;
    isKilled = child.kill("SIGKILL");
    return { kind: reply };
  };
  const server = await startServer({ batchMs: 100, ...options, intercept });
  child = startProgram(server, { protocol, count: 40 });
  await once(child, "close");
  expect(isKilled).toBe(true);
  return server;
}

async function goOn(server: FakeProvider, { protocol }: Pick<KillPoint, "protocol">, count = 40) {
  using ledger: Ledger = openLedger(path);
  const model = await modelAt(server, protocol);
  const answers = await collect(runCalls(ask(count), { ledger, model }));
  expect(answers.map(({ error }) => error)).toEqual(answers.map(() => null));
  expect(ledger.batches.unfinished()).toEqual([]);
  expect(ledger.spending().reservedUsd).toBe(0);
  return answers;
}

describe("a kill", () => {
  it.each(killPoints)("at $name of $protocol loses nothing and buys nothing twice", async (point) => {
    const server = await killAt(point);
    const answers = await goOn(server, point);
    expect(tagsOf(answers)).toEqual(ask(40).map(({ tag }) => tag));
    expect(server.bill.billedTwice).toEqual([]);
    expect(server.bill.billed).toBe(40);
    expect(server.batches).toHaveLength(point.batches);
  });

  it.each(["reset", "lost"] as const)(
    "at the second batch, of what an expired one left undone (%s), too",
    async (reply) => {
      let submissions = 0;
      const isHit = (request: RawRequest): boolean => is("POST", /^\/v1\/batches$/)(request) && ++submissions === 2;
      const point: KillPoint = { name: "the second", protocol: "openai", isHit, reply, batches: 2 };
      const batchPlan = ({ index }: { index: number }) =>
        index === 0 ? ({ doneShare: 0.5, end: "expired" } as const) : {};
      const server = await killAt(point, { batchPlan });
      expect(tagsOf(await goOn(server, point))).toEqual(ask(40).map(({ tag }) => tag));
      expect(server.bill.billedTwice).toEqual([]);
      expect(server.bill.billed).toBe(40);
      expect(server.batches).toHaveLength(point.batches);
    },
  );

  it("in the middle of a download keeps what was brought in, and brings in the rest", async () => {
    const server = await startServer({});
    const child = startProgram(server, { protocol: "openai", count: 3_000 });
    let seen = 0;
    child.stdout?.on("data", (chunk: Buffer) => {
      seen += chunk.toString().split("\n").length - 1;
      if (seen > 0) child.kill("SIGKILL");
    });
    await once(child, "close");
    expect(seen).toBeLessThan(3_000);
    const answers = await goOn(server, { protocol: "openai" }, 3_000);
    expect(tagsOf(answers)).toEqual(ask(3_000).map(({ tag }) => tag));
    expect(answers.filter(({ isFromLedger }) => isFromLedger).length).toBeGreaterThanOrEqual(seen);
    expect(server.bill.billedTwice).toEqual([]);
    expect(server.batches).toHaveLength(1);
  });
});
