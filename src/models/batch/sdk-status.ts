import type {
  Experimental_BatchV4ItemResult as ItemResult,
  Experimental_BatchV4Status as SdkStatus,
} from "@ai-sdk/provider";
import type { BatchItem, BatchPhase, BatchStatus } from "../batch-api.ts";
import { refusedLine, spoiltLine } from "./line-errors.ts";

/** The AI SDK's word on a batch in ours. */
export function toBatchStatus(batchId: string, status: SdkStatus, intentId: string | null): BatchStatus {
  const { rawStatus = status.status, requestCounts, createdAt, expiresAt, error } = status;
  return {
    batchId,
    phase: phaseOf(status),
    rawStatus: rawStatus.replace(/^(?:BATCH|JOB)_STATE_/, "").toLowerCase(),
    counts:
      requestCounts === undefined
        ? null
        : {
            total: requestCounts.total,
            done: requestCounts.completed,
            failed: requestCounts.failed,
          },
    createdAt: toDate(createdAt),
    expiresAt: toDate(expiresAt),
    errors: error === undefined ? [] : [{ code: error.type ?? error.code ?? "", message: error.message, line: null }],
    intentId,
  };
}

/** A batch that was cut short has the results of the lines that it came to. */
function phaseOf({ status, rawStatus = "" }: SdkStatus): BatchPhase {
  if (status === "completed" || /CANCELLED|EXPIRED/.test(rawStatus)) return "ended";
  if (status === "failed") return "failed";
  return /cancel/i.test(rawStatus) ? "cancelling" : "running";
}

function toDate(text: string | undefined): Date | null {
  const date = new Date(text ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** The AI SDK's word on a line in ours; null for an image, which nobody asked for. */
export function toBatchItem(item: ItemResult, url: string): BatchItem | null {
  if (item.type !== "text") return null;
  const { id: customId } = item;
  if (item.status === "succeeded") return { customId, result: item.result };
  if (item.status !== "failed") return { customId, undone: item.status };
  const { message, type, code = "" } = item.error;
  if (code === "invalid_response" || code === "invalid_batch_result") {
    return { customId, error: spoiltLine(url, message) };
  }
  if (code === "prompt_blocked") {
    return { customId, error: refusedLine({ url, status: 400, message, code: "content_filter" }) };
  }
  const status = item.error.statusCode ?? statusByName[type ?? ""] ?? statusByRpcCode[code] ?? 500;
  return { customId, error: refusedLine({ url, status, message, code: type ?? code }) };
}

/** @see https://docs.anthropic.com/en/api/errors, https://cloud.google.com/apis/design/errors */
const statusByName: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

/** Google's codes, where it gives no name. @see https://grpc.io/docs/guides/status-codes/ */
const statusByRpcCode: Readonly<Record<string, number>> = {
  "3": 400,
  "9": 400,
  "11": 400,
  "16": 401,
  "7": 403,
  "5": 404,
  "8": 429,
  "13": 500,
  "14": 503,
  "4": 504,
  "400": 400,
  "401": 401,
  "403": 403,
  "404": 404,
  "429": 429,
  "503": 503,
};
