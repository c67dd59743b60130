import { afterEach, expect, test } from "vitest";
import { createDecoder, untrainedCheckpoint } from "../student/index.ts";
import { createThreadedDecoder, type ThreadedDecoder } from "./threaded-decoder.ts";

const checkpoint = untrainedCheckpoint(3, { hidden_size: 8, intermediate_size: 16, layers: 1, heads: 2 });

let decoder: ThreadedDecoder;
afterEach(() => decoder[Symbol.asyncDispose]());

function ask(volume: number) {
  const content = `Prepare ${volume} mL of 3 mM glucose from a 30 mM stock for the ELISA.`;
  return [{ role: "user" as const, content }];
}

test("answers as the decoder without threads does, each conversation its own", async () => {
  decoder = createThreadedDecoder(checkpoint);
  const single = createDecoder(checkpoint);
  const volumes = [40, 50, 60, 70, 80];
  const options = { maxTokens: 12, temperature: 1, seed: 5 };
  const expected = await Promise.all(volumes.map((volume) => single.generate(ask(volume), options)));
  expect(await Promise.all(volumes.map((volume) => decoder.generate(ask(volume), options)))).toEqual(expected);
});

test("a conversation that it cannot take is refused in the same words, and the next is answered", async () => {
  decoder = createThreadedDecoder(checkpoint);
  const unknown = [{ role: "user" as const, content: "What is love?" }];
  const reason = await createDecoder(checkpoint)
    .generate(unknown)
    .catch((error: Error) => error.message);
  const [refused, answered] = await Promise.allSettled([decoder.generate(unknown), decoder.generate(ask(40))]);
  expect(refused).toMatchObject({ status: "rejected", reason: { message: reason } });
  expect(answered.status).toBe("fulfilled");
});

test("a signal that is aborted ends it before the next conversation", async () => {
  decoder = createThreadedDecoder(checkpoint);
  await expect(decoder.generate(ask(40), { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
});

test("a thread that fails fails what it was asked, and no request waits for ever", async () => {
  decoder = createThreadedDecoder({ ...checkpoint, weights: new Map() });
  await expect(decoder.generate(ask(40))).rejects.toThrow();
  await expect(decoder.generate(ask(50))).rejects.toThrow();
});
