/** A longer line is no answer that could be kept. */
const mostLineChars = 64 * 1024 * 1024;

/** The lines of a body as they arrive, empty ones left out. The body is let go when the reader stops early. */
export async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > mostLineChars) throw new Error(`A line of more than ${mostLineChars} characters`);
    for (const line of lines) if (line.trim() !== "") yield line;
  }
  rest += decoder.decode();
  if (rest.trim() !== "") yield rest;
}

/** A JSON object; null for anything else, e.g. a line that was cut. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** The custom id that stands in a line which is no JSON, so that it is known whose answer was spoilt; null where there is none. */
export function findCustomId(text: string): string | null {
  return /"(?:custom_id|key)"\s*:\s*"([\w-]{1,64})"/.exec(text)?.[1] ?? null;
}
