import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface JsonResponse {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export function sendJson(response: ServerResponse, { status, body, headers = {} }: JsonResponse): void {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

const drips = 20;

/** Sends the body in pieces, evenly over so many milliseconds. */
export async function dripJson(response: ServerResponse, { status, body, headers = {} }: JsonResponse, overMs: number) {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { "content-type": "application/json", "content-length": bytes.byteLength, ...headers });
  const size = Math.ceil(bytes.byteLength / drips);
  for (let at = 0; at < bytes.byteLength && !response.destroyed; at += size) {
    response.write(bytes.subarray(at, at + size));
    await sleep(overMs / drips);
  }
  response.end();
}

export function sendHtml(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<!doctype html><title>Sign in</title>");
}

export function sendMalformed(response: ServerResponse): void {
  const text = '{"choices": [{"message": {"content": "It is"}, }';
  response.writeHead(200, { "content-type": "application/json", "content-length": text.length }).end(text);
}

/** The head, a piece of the body, and then the end of the connection. */
export function sendCut(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
  response.write('{"choices": [{"mess');
  setTimeout(() => response.destroy(), 5);
}

export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}
