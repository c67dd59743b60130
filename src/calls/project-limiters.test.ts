import { expect, it } from "vitest";
import type { ResolvedModel } from "../models/index.ts";
import { boughtCall } from "./fixtures/ledger-rows.ts";
import { useCallBench } from "./fixtures/run-calls.ts";
import { createProjectLimiters } from "./project-limiters.ts";

const bench = useCallBench();
const now = Date.UTC(2026, 0, 1, 12);

async function models(): Promise<{ teacher: ResolvedModel; judge: ResolvedModel }> {
  const { model } = await bench.start();
  return { teacher: { ...model, keyEnv: "KEY" }, judge: { ...model, keyEnv: "KEY", identity: "another" } };
}

const limitersOf = (at = now) => createProjectLimiters({ ledger: bench.ledger, start: 4, max: 64, now: () => at });

it("lets the models of one key share what the account takes, and no others", async () => {
  const { teacher, judge } = await models();
  const limiters = limitersOf();
  const permit = limiters.limiterFor(teacher).tryStart();
  expect(limiters.limiterFor(judge).inFlight).toBe(1);
  expect(limiters.limiterFor({ ...judge, keyEnv: "OTHER" }).inFlight).toBe(0);
  if (permit === null) throw new Error("no call may start");
  limiters.limiterFor(teacher).end(permit, { how: "refused", retryAfterMs: 5_000 });
  expect(limiters.limiterFor(judge).tryStart()).toBeNull();
  expect(limiters.limiterFor(judge).waitMs()).toBe(5_000);
});

it("starts the next run where this one ended, with no call alone", async () => {
  const { teacher } = await models();
  const first = limitersOf();
  const limiter = first.limiterFor(teacher);
  expect(limiter.hasAnswered).toBe(false);
  const headers = {
    "x-ratelimit-limit-requests": "600",
    "x-ratelimit-remaining-requests": "599",
    "x-ratelimit-reset-requests": "100ms",
  };
  const permit = limiter.tryStart();
  if (permit === null) throw new Error("no call may start");
  limiter.end(permit, { how: "answered", headers });
  first.save();
  const next = limitersOf(now + 60_000).limiterFor(teacher);
  expect(next.hasAnswered).toBe(true);
  expect(next.note().limits).toMatchObject([{ kind: "requests", limit: 600, windowMs: 60_000 }]);
  expect(next.concurrency).toBe(64);
});

it("counts the day's requests of earlier runs", async () => {
  const { teacher } = await models();
  const { origin, identity: model } = teacher;
  const made = { origin, model, tries: 3 };
  await bench.ledger.commit(boughtCall("yesterday", { ...made, created_at: "2025-12-31T23:59:59.000Z" }));
  await bench.ledger.commit(boughtCall("today", { ...made, created_at: "2026-01-01T00:00:01.000Z" }));
  const limits = { ...teacher.limits, requestsPerDay: 3 };
  const limiter = limitersOf().limiterFor({ ...teacher, limits });
  expect(limiter.tryStart()).toBeNull();
  expect(limiter.quotaEnd()).toEqual({ until: Date.UTC(2026, 0, 2), what: "the day's quota of 3 requests is used up" });
});

it("holds a configured number in flight", async () => {
  const { teacher } = await models();
  const limiter = limitersOf().limiterFor({ ...teacher, limits: { ...teacher.limits, concurrency: 2 } });
  expect(limiter.concurrency).toBe(2);
});
