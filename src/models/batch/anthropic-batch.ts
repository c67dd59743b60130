import { createAnthropic } from "@ai-sdk/anthropic";
import { APICallError, UnsupportedFunctionalityError } from "@ai-sdk/provider";
import type { BatchApi, BatchLine } from "../batch-api.ts";
import type { RemoteConnection } from "../remote-connection.ts";
import { parseObject } from "./json-lines.ts";
import { mostHeldBytes } from "./limits.ts";
import { createRelay } from "./relay.ts";
import { createSdkBatchApi, framingBytes } from "./sdk-batch.ts";

/**
 * Anthropic's Message Batches. They carry no metadata, and tell nothing of their lines before they have ended. Submitted is the very body of
 * the real-time call; the AI SDK does the rest.
 * @see https://docs.anthropic.com/en/docs/build-with-claude/batch-processing
 */
export function createAnthropicBatchApi(connection: RemoteConnection, modelId: string): BatchApi {
  const { baseUrl, apiKey = "none", headers } = connection;
  const api = createSdkBatchApi({
    connection,
    modelId,
    mostLines: 100_000,
    mostBytes: mostHeldBytes,
    batchesWith: ({ fetch }) =>
      createAnthropic({ baseURL: baseUrl, apiKey, headers: { ...headers }, fetch }).experimental_batch(),
    isResultsUrl: (url) => /\/results(?:\?|$)/.test(url),
    brokenLine: (customId) => ({ custom_id: customId, result: { type: "broken" } }),
  });
  const relay = createRelay(connection);
  // Of any one call, as all have the same but for their betas.
  let sharedHeaders: Readonly<Record<string, string>> = {};
  return {
    ...api,
    async prepare(options) {
      const { body, headers: sent } = await relay.capture(options);
      // The answer would be in the arguments of a tool, which the AI SDK cannot read back from a batch.
      if (options.responseFormat?.type === "json" && body.includes('"tool_choice":{"type":"tool"')) {
        const functionality = "a response schema by batch";
        throw new UnsupportedFunctionalityError({
          functionality,
          message: `${modelId} takes no response schema by batch`,
        });
      }
      const { "anthropic-beta": betas = "", "content-length": _, ...rest } = sent;
      sharedHeaders = rest;
      const content: AnthropicCall = { body, betas };
      return { content, sizeBytes: Buffer.byteLength(body) + framingBytes };
    },
    submit: (lines, { signal }) => submit(connection, lines, { headers: sharedHeaders, signal }),
  };
}

/** A line's parts that are known before its batch is. */
interface AnthropicCall {
  /** JSON. */
  readonly body: string;
  /** Of the header, with commas; empty for none. */
  readonly betas: string;
}

interface SubmitSettings {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

async function submit(
  { baseUrl, sdkFetch }: RemoteConnection,
  lines: readonly BatchLine[],
  { headers, signal }: SubmitSettings,
): Promise<string> {
  const url = `${baseUrl}/messages/batches`;
  const calls = lines.map(({ customId, call }) => ({ customId, ...(call.content as AnthropicCall) }));
  const requests = calls.map(({ customId, body }, index) => {
    const line = `{"custom_id":${JSON.stringify(customId)},"params":${body}}`;
    return index === 0 ? line : `,${line}`;
  });
  const betas = [...new Set(calls.flatMap((call) => call.betas.split(",")))].filter((beta) => beta !== "").join(",");
  const response = await sdkFetch(url, {
    method: "POST",
    headers: betas === "" ? headers : { ...headers, "anthropic-beta": betas },
    body: new Blob(['{"requests":[', ...requests, "]}"], { type: "application/json" }),
    signal,
  });
  const text = await response.text();
  const id = parseObject(text)?.id;
  if (response.ok && typeof id === "string") return id;
  throw new APICallError({
    message: `HTTP ${response.status}`,
    url,
    requestBodyValues: {},
    statusCode: response.status,
    responseHeaders: Object.fromEntries(response.headers),
    responseBody: text,
  });
}
