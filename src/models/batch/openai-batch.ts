import OpenAI from "openai";
import type { Batch, BatchCreateParams } from "openai/resources/batches";
import type { BatchApi, BatchItem, BatchLine, BatchPhase, BatchStatus, SubmitOptions } from "../batch-api.ts";
import type { Redactor } from "../redact.ts";
import type { RemoteConnection } from "../remote-connection.ts";
import { parseObject, readLines } from "./json-lines.ts";
import { mostHeldBytes } from "./limits.ts";
import { asApiCallErrors, withId } from "./openai-errors.ts";
import { readResultFile } from "./openai-results.ts";
import { createRelay } from "./relay.ts";

/** A line's parts that are known before its batch is. */
interface OpenaiCall {
  /** As the batch names it, e.g. "/v1/chat/completions". */
  readonly endpoint: string;
  /** JSON. */
  readonly body: string;
}

const metadataKey = "nexa_intent";
const framingBytes = Buffer.byteLength(JSON.stringify({ custom_id: "", method: "POST", url: "", body: 0 })) + 64;
const pageItems = 100;
/** Longer than any of our own deadlines, which the caller sets by its signal. */
const timeoutMs = 3_600_000;

const phases: Readonly<Record<Batch["status"], BatchPhase>> = {
  validating: "running",
  in_progress: "running",
  finalizing: "running",
  completed: "ended",
  expired: "ended",
  cancelling: "cancelling",
  cancelled: "ended",
  failed: "failed",
};

/**
 * OpenAI's Batch API, and that of servers which speak it: files with one line a call, each line the very body of the real-time call.
 * @see https://platform.openai.com/docs/guides/batch
 */
export function createOpenaiBatchApi(connection: RemoteConnection): BatchApi {
  const { baseUrl, apiKey = "none", headers, redactor, sdkFetch } = connection;
  const client = new OpenAI({
    baseURL: baseUrl,
    apiKey,
    // Read from the environment otherwise, where they may belong to another server.
    organization: null,
    project: null,
    defaultHeaders: headers,
    fetch: sdkFetch,
    maxRetries: 0,
    timeout: timeoutMs,
    logLevel: "off",
  });
  const relay = createRelay(connection);
  const url = `${baseUrl}/batches`;
  const ask = <T>(use: () => Promise<T>): Promise<T> => asApiCallErrors(url, use);
  const open = (fileId: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> =>
    ask(async () => (await client.files.content(fileId, { signal })).body ?? new ReadableStream());
  const retrieve = (batchId: string, signal: AbortSignal): Promise<Batch> =>
    ask(async () => withId(await client.batches.retrieve(batchId, { signal })));

  async function* results(batchId: string, signal: AbortSignal): AsyncGenerator<BatchItem> {
    const { output_file_id, error_file_id } = await retrieve(batchId, signal);
    for (const fileId of [output_file_id, error_file_id]) {
      if (typeof fileId !== "string" || fileId === "") continue;
      yield* readResultFile(await open(fileId, signal), { relay, url, redactor });
    }
  }

  async function* list(since: Date, signal: AbortSignal): AsyncGenerator<BatchStatus> {
    for (let after: string | undefined; ; ) {
      const query = { limit: pageItems, ...(after === undefined ? {} : { after }) };
      const page = await ask(async () => client.batches.list(query, { signal }));
      // A web page has no data.
      for (const batch of (page.data ?? [{}]).map(withId)) {
        if (batch.created_at * 1000 < since.getTime() - 1000) return;
        yield toStatus(batch, redactor);
      }
      after = page.data.at(-1)?.id;
      if (after === undefined || page.has_more !== true) return;
    }
  }

  return {
    mostLines: 50_000,
    mostBytes: mostHeldBytes,
    uploadsFirst: true,
    async prepare(options) {
      const { url: callUrl, body } = await relay.capture(options);
      const content: OpenaiCall = { endpoint: `/v1${callUrl.slice(baseUrl.length)}`, body };
      return { content, sizeBytes: Buffer.byteLength(body) + framingBytes + content.endpoint.length };
    },
    submit: (lines, options) => submit(client, { lines, options, ask }),
    status: async (batchId, signal) => toStatus(await retrieve(batchId, signal), redactor),
    results,
    cancel: async (batchId, signal) => void (await ask(async () => client.batches.cancel(batchId, { signal }))),
    list,
    async peekCustomId(batchId, signal) {
      const { input_file_id } = await retrieve(batchId, signal);
      for await (const line of readLines(await open(input_file_id, signal))) {
        const customId = parseObject(line)?.custom_id;
        return typeof customId === "string" ? customId : null;
      }
      return null;
    },
    discardUpload: async (fileId, signal) => void (await ask(async () => client.files.delete(fileId, { signal }))),
  };
}

interface Submission {
  readonly lines: readonly BatchLine[];
  readonly options: SubmitOptions;
  readonly ask: <T>(use: () => Promise<T>) => Promise<T>;
}

async function submit(client: OpenAI, { lines, options, ask }: Submission): Promise<string> {
  const { intentId, signal, onUploaded } = options;
  const name = `nexa-${intentId}.jsonl`;
  const upload = async () =>
    client.files.create(
      { file: new File(inputLines(lines), name, { type: "application/jsonl" }), purpose: "batch" },
      { signal },
    );
  const { id } = withId(await ask(upload));
  onUploaded(id);
  const [first] = lines.map(({ call }) => (call.content as OpenaiCall).endpoint);
  const endpoint = first as BatchCreateParams["endpoint"];
  const metadata = { [metadataKey]: intentId };
  const create = async () =>
    client.batches.create({ input_file_id: id, endpoint, completion_window: "24h", metadata }, { signal });
  return withId(await ask(create)).id;
}

function inputLines(lines: readonly BatchLine[]): string[] {
  return lines.map(({ customId, call }) => {
    const { endpoint, body } = call.content as OpenaiCall;
    return `{"custom_id":${JSON.stringify(customId)},"method":"POST","url":${JSON.stringify(endpoint)},"body":${body}}\n`;
  });
}

function toStatus(batch: Batch, redactor: Redactor): BatchStatus {
  const { request_counts: counts, expires_at: expiresAt } = batch;
  return {
    batchId: batch.id,
    phase: phases[batch.status] ?? "running",
    rawStatus: String(batch.status),
    counts:
      counts === undefined || counts === null || counts.total === 0
        ? null
        : { total: counts.total, done: counts.completed, failed: counts.failed },
    createdAt: typeof batch.created_at === "number" ? new Date(batch.created_at * 1000) : null,
    expiresAt: typeof expiresAt === "number" ? new Date(expiresAt * 1000) : null,
    errors: (batch.errors?.data ?? []).map(({ code, message, line }) => ({
      code: code ?? "",
      message: redactor.text(message ?? ""),
      line: line ?? null,
    })),
    intentId: batch.metadata?.[metadataKey] ?? null,
  };
}
