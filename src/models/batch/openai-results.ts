import type { BatchItem } from "../batch-api.ts";
import type { Redactor } from "../redact.ts";
import { findCustomId, parseObject, readLines } from "./json-lines.ts";
import { refusedLine, spoiltLine, toItem } from "./line-errors.ts";
import type { Relay } from "./relay.ts";

/** One line of an output or error file. @see https://platform.openai.com/docs/api-reference/batch/request-output */
interface ResultLine {
  readonly custom_id?: unknown;
  readonly response?: { readonly status_code?: unknown; readonly request_id?: unknown; readonly body?: unknown } | null;
  readonly error?: { readonly code?: unknown; readonly message?: unknown } | null;
}

const undoneCodes: Readonly<Record<string, "expired" | "cancelled">> = {
  batch_expired: "expired",
  batch_cancelled: "cancelled",
  batch_canceled: "cancelled",
};

export interface ReadOptions {
  readonly relay: Relay;
  /** Where the batch is, for an error's text. */
  readonly url: string;
  readonly redactor: Redactor;
}

/** The lines of an output or error file, read as the answers to real-time calls are. */
export async function* readResultFile(
  body: ReadableStream<Uint8Array>,
  { relay, url, redactor }: ReadOptions,
): AsyncGenerator<BatchItem> {
  for await (const raw of readLines(body)) {
    const text = redactor.text(raw);
    const line = parseObject(text) as ResultLine | null;
    const customId = line === null ? findCustomId(text) : line.custom_id;
    if (typeof customId !== "string") continue;
    yield line === null ? { customId, error: spoiltLine(url, text) } : await readLine(relay, { url, customId, line });
  }
}

async function readLine(
  relay: Relay,
  { url, customId, line: { response, error } }: { url: string; customId: string; line: ResultLine },
): Promise<BatchItem> {
  const status = response?.status_code;
  if (typeof status === "number" && typeof response?.body === "object") {
    const { request_id: requestId } = response;
    const answer = { requestId: typeof requestId === "string" ? requestId : null, body: JSON.stringify(response.body) };
    return toItem(customId, relay.replay({ status, ...answer }));
  }
  const code = typeof error?.code === "string" ? error.code : "";
  const undone = undoneCodes[code];
  if (undone !== undefined) return { customId, undone };
  const message = typeof error?.message === "string" ? error.message : "";
  if (code === "" && message === "") return { customId, error: spoiltLine(url, JSON.stringify({ response, error })) };
  return { customId, error: refusedLine({ url, status: 500, code, message: message || code }) };
}
