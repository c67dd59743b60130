import { APICallError, InvalidResponseDataError } from "@ai-sdk/provider";
import { APIConnectionError, APIError, APIUserAbortError } from "openai";

/** What the official SDK throws, as the AI SDK would have thrown it. */
export async function asApiCallErrors<T>(url: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    throw toApiCallError(url, error);
  }
}

/** What the SDK hands on as it came, e.g. a web page, must have an id to be one of OpenAI's objects. @throws InvalidResponseDataError. */
export function withId<T extends { readonly id: string }>(object: T): T {
  if (typeof object?.id === "string" && object.id !== "") return object;
  throw new InvalidResponseDataError({ data: object, message: `No object of the API: ${String(object).slice(0, 80)}` });
}

function toApiCallError(url: string, error: unknown): unknown {
  if (error instanceof APIUserAbortError) return new DOMException("This operation was aborted", "AbortError");
  if (error instanceof SyntaxError) {
    return new InvalidResponseDataError({ data: null, message: `${url}: ${error.message}` });
  }
  if (error instanceof APIConnectionError) return error.cause ?? error;
  if (!(error instanceof APIError) || error.status === undefined) return error;
  const { status, message, headers, error: body } = error as APIError<number, Headers, object>;
  return new APICallError({
    message,
    url,
    requestBodyValues: {},
    statusCode: status,
    responseHeaders: Object.fromEntries(headers ?? []),
    responseBody: JSON.stringify({ error: body ?? { message } }),
    cause: error,
  });
}
