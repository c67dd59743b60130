import type { Message } from "../../src/records/index.ts";

/** Calls that every client of a comparison makes. */
export interface CallSet {
  /** Up to and with /v1. */
  readonly baseUrl: string;
  readonly calls: number;
  readonly concurrency: number;
  readonly messagesOf: (index: number) => readonly Message[];
}

/** A system prompt of 1,300 characters and a question; another round asks other questions, so that no ledger knows them. */
export function benchMessages(round: number | string): CallSet["messagesOf"] {
  const system = { role: "system", content: "Work it out. ".repeat(100) } as const;
  return (index) => [system, { role: "user", content: `Question ${index} of round ${round}` }];
}
