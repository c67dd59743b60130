import { APICallError, type LanguageModelV4GenerateResult } from "@ai-sdk/provider";

interface LineRefusal {
  readonly status: number;
  readonly message: string;
  /** The provider's own, e.g. "content_filter". */
  readonly code?: string | undefined;
  /** Where the batch is, for the error's text. */
  readonly url: string;
}

/** A line's error in the shape of a refusal in real time, so that both are judged alike. */
export function refusedLine({ status, message, code, url }: LineRefusal): APICallError {
  return new APICallError({
    message,
    url,
    requestBodyValues: {},
    statusCode: status,
    responseBody: JSON.stringify({ error: { message, ...(code === undefined ? {} : { code }) } }),
  });
}

/** A line that the provider worked on, and whose answer cannot be read. */
export function spoiltLine(url: string, body: string): APICallError {
  return new APICallError({
    message: "Invalid line",
    url,
    requestBodyValues: {},
    statusCode: 200,
    responseBody: body.slice(0, 1_000),
  });
}

/** The end of a promise of doGenerate as a batch's item. */
export async function toItem(
  customId: string,
  answer: PromiseLike<LanguageModelV4GenerateResult>,
): Promise<{ customId: string; result: LanguageModelV4GenerateResult } | { customId: string; error: Error }> {
  try {
    return { customId, result: await answer };
  } catch (error) {
    return { customId, error: error instanceof Error ? error : new Error(String(error)) };
  }
}
