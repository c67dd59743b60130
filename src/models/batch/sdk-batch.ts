import type { LanguageModelV4CallOptions, Experimental_BatchV4 as SdkBatch } from "@ai-sdk/provider";
import type { BatchApi, BatchItem, BatchStatus } from "../batch-api.ts";
import type { RemoteConnection } from "../remote-connection.ts";
import { createRelay } from "./relay.ts";
import { repairLines } from "./repair-lines.ts";
import { toBatchItem, toBatchStatus } from "./sdk-status.ts";

interface BatchSettings {
  readonly fetch: typeof globalThis.fetch;
  readonly generateId?: () => string;
}

export interface SdkBatchOptions {
  readonly connection: RemoteConnection;
  readonly modelId: string;
  readonly mostLines: number;
  readonly mostBytes: number;
  /** The AI SDK's batches, with a fetch of ours. */
  readonly batchesWith: (settings: BatchSettings) => SdkBatch<{ text: string }>;
  /** Whether a URL is that of results, one JSON object a line. */
  readonly isResultsUrl: (url: string) => boolean;
  /** What a results file's line looks like for a call whose own line is broken. */
  readonly brokenLine: (customId: string) => object;
  /** The intent that stands in a provider's own words on a batch, by the batch's id; where the provider keeps it. */
  readonly readIntents?: (body: unknown) => ReadonlyMap<string, string>;
}

const pageItems = 100;
const mostPages = 50;
/** Around a line: its custom id and the names of its parts. */
export const framingBytes = 160;

/** A Batch API over the AI SDK's own batches. */
export function createSdkBatchApi(options: SdkBatchOptions): BatchApi {
  const { connection, modelId, mostLines, mostBytes, batchesWith, isResultsUrl, brokenLine } = options;
  const { baseUrl, redactor, sdkFetch } = connection;
  const relay = createRelay(connection);
  const batches = batchesWith({ fetch: repairLines(sdkFetch, { isResultsUrl, brokenLine, redactor }) });

  async function* results(batchId: string, signal: AbortSignal): AsyncGenerator<BatchItem> {
    for await (const item of await batches.doGetBatchResults({ batchId, abortSignal: signal })) {
      const read = toBatchItem(item, baseUrl);
      if (read !== null) yield read;
    }
  }

  const status = async (batchId: string, signal: AbortSignal): Promise<BatchStatus> => {
    const seen = rememberBody(connection);
    const found = await batchesWith({ fetch: seen.fetch }).doGetBatchStatus({ batchId, abortSignal: signal });
    return toBatchStatus(batchId, found, readIntent(options, seen.body(), batchId));
  };

  async function* list(since: Date, signal: AbortSignal): AsyncGenerator<BatchStatus> {
    let cursor: string | undefined;
    for (let page = 0; page < mostPages; page++) {
      const seen = rememberBody(connection);
      const query = { limit: pageItems, abortSignal: signal, ...(cursor === undefined ? {} : { cursor }) };
      const found = await batchesWith({ fetch: seen.fetch }).doListBatches?.(query);
      const statuses = (found?.batches ?? []).map((batch) =>
        toBatchStatus(batch.batchId, batch, readIntent(options, seen.body(), batch.batchId)),
      );
      const young = statuses.filter(({ createdAt }) => createdAt === null || createdAt >= since);
      yield* young;
      cursor = found?.nextCursor;
      if (cursor === undefined || young.length === 0) return;
    }
  }

  return {
    mostLines,
    mostBytes,
    uploadsFirst: false,
    async prepare(content) {
      const { body } = await relay.capture(content);
      return { content, sizeBytes: Buffer.byteLength(body) + framingBytes };
    },
    async submit(lines, { intentId, signal }) {
      const requests = lines.map(({ customId, call }) => ({
        type: "text" as const,
        id: customId,
        modelId,
        options: call.content as LanguageModelV4CallOptions,
      }));
      const ours = batchesWith({ fetch: sdkFetch, generateId: () => intentId });
      return (await ours.doStartBatch({ requests, abortSignal: signal })).batchId;
    },
    status,
    results,
    cancel: async (batchId, signal) => void (await batches.doCancelBatch?.({ batchId, abortSignal: signal })),
    list,
    async peekCustomId(batchId, signal) {
      if ((await status(batchId, signal)).phase !== "ended") return null;
      for await (const { customId } of results(batchId, signal)) return customId;
      return null;
    },
    discardUpload: async () => undefined,
  };
}

function readIntent({ readIntents }: SdkBatchOptions, body: unknown, batchId: string): string | null {
  return readIntents?.(body).get(batchId) ?? null;
}

/** A fetch that keeps the last answer, for what the SDK leaves out of it; without secrets. */
function rememberBody({ sdkFetch: fetch, redactor }: RemoteConnection): {
  fetch: typeof globalThis.fetch;
  body: () => unknown;
} {
  let body: unknown = null;
  const remembering: typeof globalThis.fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (!response.ok) return response;
    const text = redactor.text(await response.text());
    try {
      body = JSON.parse(text);
    } catch {
      body = null;
    }
    return new Response(text, { status: response.status, headers: response.headers });
  };
  return { fetch: remembering, body: () => body };
}
