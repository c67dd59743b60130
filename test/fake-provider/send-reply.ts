import type { ServerResponse } from "node:http";
import type { FakeReply } from "./contract.ts";
import type { Protocol, RetryStyle } from "./protocol.ts";
import { dripJson, reset, sendCut, sendHtml, sendJson, sendMalformed } from "./send.ts";

export interface ReplyDetails {
  readonly protocol: Protocol;
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body of an answer. */
  readonly answerBody: () => unknown;
}

/** Does to a connection what a reply says; the answer's status, or null where there was none. */
export function sendReply(response: ServerResponse, reply: FakeReply, details: ReplyDetails): number | null {
  if (response.destroyed) return null;
  const { protocol, model, headers } = details;
  switch (reply.kind) {
    case "answer": {
      const answer = { status: 200, body: details.answerBody(), headers };
      if (reply.overMs === undefined) sendJson(response, answer);
      else void dripJson(response, answer, reply.overMs);
      return 200;
    }
    case "status": {
      const { status, body = { error: { message: `Scripted ${status}` } } } = reply;
      sendJson(response, { status, body, headers: { ...headers, ...reply.headers } });
      return status;
    }
    case "error": {
      const { error, message, retryAfterMs } = reply;
      const rendered = protocol.renderError({ error, model, message, retryAfterMs });
      const after = retryAfterMs === undefined ? {} : retryHeaders(retryAfterMs, { style: protocol.retryStyle });
      sendJson(response, { ...rendered, headers: { ...headers, ...after, ...rendered.headers } });
      return rendered.status;
    }
    case "html":
      sendHtml(response);
      return 200;
    case "malformed":
      sendMalformed(response);
      return 200;
    case "cut":
      sendCut(response);
      return 200;
    case "reset":
    case "lost":
      reset(response);
      return null;
    case "hang":
      if (reply.forMs !== undefined) setTimeout(() => response.destroy(), reply.forMs).unref();
      return null;
  }
}

export interface RetryHeaderOptions {
  readonly style: RetryStyle;
  /** The server's clock. */
  readonly now?: number;
}

/** `retry-after-ms` and `retry-after`; seconds are rounded up, as servers do. */
export function retryHeaders(waitMs: number, { style, now = Date.now() }: RetryHeaderOptions): Record<string, string> {
  const ms = { "retry-after-ms": String(Math.ceil(waitMs)) };
  const seconds = { "retry-after": String(Math.ceil(waitMs / 1_000)) };
  switch (style) {
    case "both":
      return { ...ms, ...seconds };
    case "ms":
      return ms;
    case "seconds":
      return seconds;
    case "date":
      return { "retry-after": new Date(now + Math.ceil(waitMs / 1_000) * 1_000).toUTCString() };
    case "none":
      return {};
  }
}
