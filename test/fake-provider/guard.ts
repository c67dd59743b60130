import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { MiddlewareHandler } from "hono";
import type { FakeEnv } from "./fake-server.ts";
import { protocolOf } from "./protocols.ts";
import { reset } from "./send.ts";
import { sendReply } from "./send-reply.ts";
import { countOne, type ServerState } from "./server-state.ts";

const callPaths = /^\/v1\/(?:chat\/completions|responses|messages)$|:generateContent$/;

/** Notes requests that are no calls, checks their key, and lets a script step in before anything is done. */
export function guardRequest(state: ServerState): MiddlewareHandler<FakeEnv> {
  const { apiKey, intercept } = state.options;
  const seen = new Map<string, number>();
  return async (c, next) => {
    const { method, path } = c.req;
    const isCall = callPaths.test(path);
    if (isCall && intercept === undefined) return next();
    const name = `${method} ${path}`;
    if (!isCall) state.otherRequests.push(name);
    const { incoming, outgoing } = c.env;
    const protocol = protocolOf(path, incoming.headers);
    const details = { protocol, model: "", headers: {}, answerBody: () => ({}) };
    if (
      !isCall &&
      apiKey !== undefined &&
      !path.startsWith("/upload/") &&
      protocol.readKey(incoming.headers) !== apiKey
    ) {
      sendReply(outgoing, { kind: "error", error: "bad_key" }, details);
      return RESPONSE_ALREADY_SENT;
    }
    const reply = intercept?.({ method, path, earlier: countOne(seen, name) }) ?? null;
    if (reply === null) return next();
    if (reply.kind === "lost" && !isCall) {
      await next();
      reset(outgoing);
    } else sendReply(outgoing, reply, details);
    return RESPONSE_ALREADY_SENT;
  };
}
