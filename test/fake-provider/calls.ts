import { hash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChatRequest, FakeAnswer, FakeContext, FakeErrorName, FakeReply } from "./contract.ts";
import { withFault } from "./faults.ts";
import type { Refusal } from "./limits.ts";
import type { Protocol } from "./protocol.ts";
import { defaultReply, mostTokens, promptTokens, usageOf } from "./replies.ts";
import { sendJson } from "./send.ts";
import { retryHeaders, sendReply } from "./send-reply.ts";
import { countOne, type ServerState } from "./server-state.ts";

export interface IncomingCall {
  readonly protocol: Protocol;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** From the path, where the API has it there. */
  readonly model?: string;
}

/** One request to a model, from its body to its answer or fault. */
export async function answerCall(state: ServerState, call: IncomingCall): Promise<void> {
  const { protocol, incoming, outgoing } = call;
  const { counts, options } = state;
  const text = await readText(incoming);
  const index = counts.requests++;
  counts.inFlight++;
  counts.mostInFlight = Math.max(counts.mostInFlight, counts.inFlight);
  outgoing.once("close", () => counts.inFlight--);
  const request = readRequest(call, text);
  const refusal = refuseAtOnce(state, call, request);
  if (refusal !== null || request instanceof Error) return countStatus(state, refusal);
  const key = keyOfBody(text);
  const context: FakeContext = {
    prompt: request.messages.at(-1)?.content ?? "",
    earlier: countOne(state.seen, key),
    index,
    protocol: protocol.name,
    isBatch: false,
  };
  state.arrivals.push({ prompt: context.prompt, at: Date.now() });
  const limited = refuseOverLimit(state, call, request);
  if (limited !== null) return countStatus(state, limited);
  const { latencyMs = 0 } = options;
  const waitMs = typeof latencyMs === "number" ? latencyMs : latencyMs(request, context);
  if (waitMs > 0) await sleep(waitMs);
  const reply = decideReply(state, { request, context, key });
  billReply(state, { request, context, reply, key, isReceived: !outgoing.destroyed });
  const status = sendReply(outgoing, reply, {
    protocol,
    model: request.model,
    headers: headersOf(state, call, request.model),
    answerBody: () => renderAnswer(protocol, request, reply as FakeAnswer, index),
  });
  countStatus(state, status);
}

function countStatus({ statuses }: ServerState, status: number | null): void {
  if (status !== null) countOne(statuses, status);
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function readRequest({ protocol, model = "" }: IncomingCall, text: string): ChatRequest | Error {
  try {
    return protocol.readRequest(JSON.parse(text), model);
  } catch (error) {
    return error as Error;
  }
}

/** What a provider sees before it looks at its limits; the status, or null for a request that may go on. */
function refuseAtOnce(state: ServerState, call: IncomingCall, request: ChatRequest | Error): number | null {
  const { protocol, incoming } = call;
  const { apiKey, models, contextTokens } = state.options;
  const refuse = (error: FakeErrorName, message?: string): number => {
    const model = request instanceof Error ? "" : request.model;
    const rendered = protocol.renderError({ error, model, message });
    sendJson(call.outgoing, { ...rendered, headers: headersOf(state, call, model) });
    return rendered.status;
  };
  if (apiKey !== undefined && protocol.readKey(incoming.headers) !== apiKey) return refuse("bad_key");
  const wrongHeader = protocol.checkHeaders(incoming.headers);
  if (wrongHeader !== null) return refuse("bad_request", wrongHeader);
  if (request instanceof Error) return refuse("bad_request", request.message);
  if (models !== undefined && !models.includes(request.model)) return refuse("model_not_found");
  const tokens = promptTokens(request);
  if (contextTokens !== undefined && tokens > contextTokens) {
    return refuse("context_length_exceeded", describeLength(contextTokens, tokens));
  }
  return null;
}

function describeLength(most: number, tokens: number): string {
  return `This model's maximum context length is ${most} tokens. However, your messages resulted in ${tokens} tokens. Please reduce the length of the messages.`;
}

function refuseOverLimit(state: ServerState, call: IncomingCall, request: ChatRequest): number | null {
  const size = {
    model: request.model,
    inputTokens: promptTokens(request),
    mostOutputTokens: mostTokens(request),
  };
  const refusal = state.limits?.admit(size, Date.now()) ?? null;
  if (refusal === null) return null;
  const { protocol, outgoing } = call;
  const error = refusal.isTooLarge ? "request_too_large" : "rate_limited";
  const rendered = protocol.renderError({ error, model: request.model, refusal });
  const headers = { ...headersOf(state, call, request.model), ...retryHeadersOf(state, protocol, refusal) };
  sendJson(outgoing, { ...rendered, headers });
  return rendered.status;
}

function retryHeadersOf(state: ServerState, protocol: Protocol, refusal: Refusal): Record<string, string> {
  if (refusal.isTooLarge) return {};
  const { retryAfter = protocol.retryStyle } = state.options.limits ?? {};
  return retryHeaders(refusal.waitMs, { style: retryAfter, now: state.now() });
}

/** The request's name, this server's clock, and its limits. */
function headersOf(state: ServerState, { protocol }: IncomingCall, model: string): Record<string, string> {
  const { limits, options } = state;
  const headers: Record<string, string> = { [protocol.requestIdHeader]: `req_${state.counts.requests}` };
  if (options.clockSkewMs !== undefined) headers.date = new Date(state.now()).toUTCString();
  if (limits === null || options.limits?.headers === false) return headers;
  return { ...headers, ...protocol.limitHeaders(limits.states(model, Date.now()), state.now()) };
}

export interface DecidedCall {
  readonly request: ChatRequest;
  readonly context: FakeContext;
  /** Of the body as it came. */
  readonly key: string;
}

/** Stands for a body, so that a server of a million requests does not keep them all. */
export function keyOfBody(text: string): string {
  return hash("sha1", text, "base64url");
}

/** The scripted reply, with the fault that was drawn. */
export function decideReply(state: ServerState, { request, context, key }: DecidedCall): FakeReply {
  const { reply = defaultReply } = state.options;
  const fault = state.drawFault(key, context.earlier);
  return withFault(fault, reply(request, context));
}

interface BilledReply extends DecidedCall {
  readonly reply: FakeReply;
  readonly isReceived: boolean;
}

/** Kinds of end that a provider bills, though nobody reads the answer. */
const billedUnread = new Set<FakeReply["kind"]>(["lost", "cut", "malformed"]);

function billReply(state: ServerState, { request, context, reply, key, isReceived }: BilledReply): void {
  const isAnswer = reply.kind === "answer";
  if (!isAnswer && !billedUnread.has(reply.kind)) return;
  const answer: FakeAnswer = isAnswer ? reply : { kind: "answer", text: `Answer to: ${context.prompt}` };
  const usage = answer.usage ?? usageOf(request, answer);
  state.limits?.settle(request.model, usage.completion_tokens, Date.now());
  const isSeen = isAnswer && isReceived;
  state.billing.add({ request, prompt: context.prompt, usage, isBatch: false, isReceived: isSeen });
  if (!isSeen) return;
  state.counts.answered++;
  countOne(state.answeredByBody, key);
}

/** An answer as its API writes it. */
export function renderAnswer(protocol: Protocol, request: ChatRequest, answer: FakeAnswer, index: number): unknown {
  const usage = answer.usage ?? usageOf(request, answer);
  return protocol.renderAnswer(request, answer, { usage, id: `fake-${index}` });
}
