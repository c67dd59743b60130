import { anthropicProtocol } from "./anthropic.ts";
import { chatProtocol } from "./chat.ts";
import type { ProtocolName } from "./contract.ts";
import { googleProtocol } from "./google.ts";
import type { Protocol } from "./protocol.ts";
import { responsesProtocol } from "./responses.ts";

export const protocols: Readonly<Record<ProtocolName, Protocol>> = {
  openai: chatProtocol,
  "openai-responses": responsesProtocol,
  anthropic: anthropicProtocol,
  google: googleProtocol,
};

/** The API that a request speaks, by its path and headers. */
export function protocolOf(path: string, headers: Readonly<Record<string, unknown>>): Protocol {
  if (/^\/(?:upload\/|download\/)?v1beta\//.test(path)) return googleProtocol;
  if (path.startsWith("/v1/messages") || headers["anthropic-version"] !== undefined) return anthropicProtocol;
  return path === "/v1/responses" ? responsesProtocol : chatProtocol;
}
