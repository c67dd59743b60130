import type { FakeReply } from "./contract.ts";

/** Kinds of failure that shares of the calls can have. */
export const faultNames = [
  "error_500",
  "error_503",
  "error_529",
  "reset",
  "lost",
  "cut",
  "malformed",
  "hang",
  "slow",
  "empty",
  "length",
  "content_filter",
  "content_filter_error",
  "insufficient_quota",
  "bad_key",
  "forbidden",
  "model_not_found",
  "context_length_exceeded",
  "html",
] as const;

export type FaultName = (typeof faultNames)[number];

export type FaultShares = Partial<Readonly<Record<FaultName, number>>>;

const slowMs = 2_000;

/** What a call meets that has drawn a fault. `answer` is what it would have got. */
const replies: Readonly<Record<FaultName, (answer: FakeReply) => FakeReply>> = {
  error_500: () => ({ kind: "error", error: "server_error" }),
  error_503: () => ({ kind: "error", error: "unavailable" }),
  error_529: () => ({ kind: "error", error: "overloaded" }),
  reset: () => ({ kind: "reset" }),
  lost: () => ({ kind: "lost" }),
  cut: () => ({ kind: "cut" }),
  malformed: () => ({ kind: "malformed" }),
  hang: () => ({ kind: "hang" }),
  slow: (answer) => (answer.kind === "answer" ? { ...answer, overMs: slowMs } : answer),
  empty: (answer) => (answer.kind === "answer" ? { ...answer, text: "" } : answer),
  length: (answer) =>
    answer.kind === "answer"
      ? { ...answer, text: answer.text.slice(0, answer.text.length / 2), finishReason: "length" }
      : answer,
  content_filter: () => ({ kind: "answer", text: "", finishReason: "content_filter" }),
  content_filter_error: () => ({ kind: "error", error: "content_filter" }),
  insufficient_quota: () => ({ kind: "error", error: "insufficient_quota" }),
  bad_key: () => ({ kind: "error", error: "bad_key" }),
  forbidden: () => ({ kind: "error", error: "forbidden" }),
  model_not_found: () => ({ kind: "error", error: "model_not_found" }),
  context_length_exceeded: () => ({ kind: "error", error: "context_length_exceeded" }),
  html: () => ({ kind: "html" }),
};

export interface FaultDraw {
  readonly seed: number;
  readonly shares: FaultShares;
}

/**
 * Gives the drawn fault of one try of one request, or null. The draw depends on the seed, the request and how often it came before, so that
 * a test repeats whatever the order in which requests come.
 */
export function createFaults({ seed, shares }: FaultDraw): (key: string, earlier: number) => FaultName | null {
  const bands = faultNames.flatMap((name) => (shares[name] === undefined ? [] : [{ name, share: shares[name] }]));
  if (bands.length === 0) return () => null;
  return (key, earlier) => {
    let draw = toShare(hash(`${seed} ${earlier} ${key}`));
    for (const { name, share } of bands) {
      if (draw < share) return name;
      draw -= share;
    }
    return null;
  };
}

export function withFault(name: FaultName | null, answer: FakeReply): FakeReply {
  return name === null ? answer : replies[name](answer);
}

/** FNV-1a over the text, mixed at the end as MurmurHash3 does. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function toShare(value: number): number {
  return value / 2 ** 32;
}
