import type { BatchApi } from "./batch-api.ts";
import type { RemoteName } from "./model-name.ts";
import { isOwnEndpoint, openaiDefaults } from "./provider-defaults.ts";
import type { RemoteConnection } from "./remote-connection.ts";

/**
 * What loads a server's Batch API; null where it has none. OpenAI's own endpoint has one, Anthropic's and Google's protocols do, and another
 * OpenAI-compatible server has one if its entry says `batch: true`; `batch: false` turns it off anywhere.
 */
export function batchApiLoader(
  connection: RemoteConnection,
  { entry }: Pick<RemoteName, "entry">,
): (() => Promise<BatchApi>) | null {
  const { protocol, baseUrl, modelId } = connection;
  if (entry?.batch === false) return null;
  switch (protocol) {
    case "anthropic":
      return async () => (await import("./batch/anthropic-batch.ts")).createAnthropicBatchApi(connection, modelId);
    case "google":
      return async () => (await import("./batch/google-batch.ts")).createGoogleBatchApi(connection, modelId);
    case "package":
      return null;
    default:
      if (entry?.batch !== true && !isOwnEndpoint(baseUrl, openaiDefaults)) return null;
      return async () => (await import("./batch/openai-batch.ts")).createOpenaiBatchApi(connection);
  }
}
