import { Agent, request } from "undici";
import type { CallSet } from "./call-set.ts";

/** The same posts with undici and nothing else: no retries, no limits, no ledger; each body is parsed. */
export async function runBare({ baseUrl, calls, concurrency, messagesOf }: CallSet): Promise<void> {
  const dispatcher = new Agent();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < calls; index = next++) {
      const answer = await request(`${baseUrl}/chat/completions`, {
        method: "POST",
        dispatcher,
        body: JSON.stringify({ model: "fake", messages: messagesOf(index), max_tokens: 100 }),
        headers: { "content-type": "application/json" },
      });
      await answer.body.json();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  await dispatcher.destroy();
}
