import type { Redactor } from "../redact.ts";
import { findCustomId, parseObject, readLines } from "./json-lines.ts";

interface RepairOptions {
  readonly isResultsUrl: (url: string) => boolean;
  readonly brokenLine: (customId: string) => object;
  readonly redactor: Redactor;
}

/**
 * A fetch under which one broken line of a results file costs that line alone: the AI SDK would end the whole download at it. A line whose
 * custom id can still be read becomes one that says it is broken; others are left out. No body has a secret in it.
 */
export function repairLines(
  fetch: typeof globalThis.fetch,
  { isResultsUrl, brokenLine, redactor }: RepairOptions,
): typeof globalThis.fetch {
  const repair = (text: string): string => {
    const line = redactor.text(text);
    if (parseObject(line) !== null && findCustomId(line) !== null) return `${line}\n`;
    const customId = findCustomId(line);
    return customId === null ? "" : `${JSON.stringify(brokenLine(customId))}\n`;
  };
  return async (input, init) => {
    const response = await fetch(input, init);
    const url = input instanceof Request ? input.url : String(input);
    if (!response.ok || response.body === null) return response;
    const { status, headers } = response;
    if (!isResultsUrl(url)) return new Response(redactor.text(await response.text()), { status, headers });
    return new Response(ReadableStream.from(encodeLines(response.body, repair)), { status, headers });
  };
}

async function* encodeLines(
  body: ReadableStream<Uint8Array>,
  repair: (line: string) => string,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const line of readLines(body)) {
    const repaired = repair(line);
    if (repaired !== "") yield encoder.encode(repaired);
  }
}
