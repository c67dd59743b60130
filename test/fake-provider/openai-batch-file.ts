import type { BatchLine, BatchRecord, ValidationError } from "./batch-board.ts";
import type { ChatRequest } from "./contract.ts";
import { protocols } from "./protocols.ts";
import { mostTokens, promptTokens } from "./replies.ts";

export interface ReadBatchFileOptions {
  readonly endpoint: string;
  readonly protocol: "openai" | "openai-responses";
  /** Tokens that may wait in all, and the batches that wait. */
  readonly enqueued: { readonly most: number; readonly waiting: readonly BatchRecord[] };
}

interface FileLine {
  readonly custom_id?: unknown;
  readonly method?: unknown;
  readonly url?: unknown;
  readonly body?: unknown;
}

const mostLines = 50_000;
const mostBytes = 200 * 1024 * 1024;

/** The lines of an input file, and everything that OpenAI would find wrong with it. */
export function readBatchFile(text: string, options: ReadBatchFileOptions) {
  const errors: ValidationError[] = [];
  const lines: BatchLine[] = [];
  const known = new Set<string>();
  const texts = text.split("\n").filter((line) => line.trim() !== "");
  if (texts.length === 0) errors.push(problem("empty_file", "The provided file is empty."));
  if (texts.length > mostLines) {
    errors.push(
      problem("too_many_tasks", `The provided file contains more than the maximum of ${mostLines} requests.`),
    );
  }
  if (Buffer.byteLength(text) > mostBytes) errors.push(problem("file_too_large", "The provided file is too large."));
  for (const [index, lineText] of texts.entries()) {
    const read = readLine(lineText, { number: index + 1, known, options });
    if ("code" in read) errors.push(read);
    else lines.push(read);
  }
  const [first] = lines;
  const other = lines.findIndex(({ request }) => request.model !== first?.request.model);
  if (other !== -1) {
    const message = "All requests in a batch must use the same model.";
    errors.push(problem("model_mismatch", message, { line: other + 1, param: "body.model" }));
  }
  if (first !== undefined) errors.push(...checkEnqueued(lines, first.request.model, options));
  return { lines, errors };
}

interface LineContext {
  readonly number: number;
  readonly known: Set<string>;
  readonly options: ReadBatchFileOptions;
}

function readLine(text: string, { number: line, known, options }: LineContext): BatchLine | ValidationError {
  let parsed: FileLine;
  try {
    parsed = JSON.parse(text) as FileLine;
  } catch {
    return problem("invalid_json_line", "This line is not parseable as valid JSON.", { line });
  }
  const { custom_id: customId, method, url, body } = parsed;
  if (typeof customId !== "string" || customId === "") {
    return problem("missing_required_parameter", "Missing required parameter: 'custom_id'.", {
      line,
      param: "custom_id",
    });
  }
  if (known.has(customId)) {
    const message = `The custom_id '${customId}' is a duplicate of another custom_id in this batch.`;
    return problem("duplicate_custom_id", message, { line, param: "custom_id" });
  }
  known.add(customId);
  if (method !== "POST") return problem("invalid_method", "The HTTP method must be POST.", { line, param: "method" });
  if (url !== options.endpoint) {
    const message = `The URL provided for this request does not match the batch endpoint. Expected ${options.endpoint}, got ${String(url)}`;
    return problem("url_mismatch", message, { line, param: "url" });
  }
  try {
    const request = protocols[options.protocol].readRequest(body, "");
    return { customId, request, text: JSON.stringify(body) };
  } catch (error) {
    return problem("invalid_request", (error as Error).message, { line, param: "body" });
  }
}

function checkEnqueued(
  lines: readonly BatchLine[],
  model: string,
  { enqueued: { most, waiting } }: ReadBatchFileOptions,
): ValidationError[] {
  const same = waiting.flatMap((batch) => batch.lines).filter(({ request }) => request.model === model);
  const tokens = [...same, ...lines].reduce((sum, { request }) => sum + tokensOf(request), 0);
  if (tokens <= most) return [];
  const message = `Enqueued token limit reached for ${model} in organization org-fake. Limit: ${most.toLocaleString("en-US")} enqueued tokens. Please try again once some in_progress batches have been completed.`;
  return [problem("token_limit_exceeded", message)];
}

function tokensOf(request: ChatRequest): number {
  const most = mostTokens(request);
  return promptTokens(request) + (Number.isFinite(most) ? most : 0);
}

function problem(
  code: string,
  message: string,
  { line = null, param = null }: { line?: number | null; param?: string | null } = {},
): ValidationError {
  return { code, message, line, param };
}
