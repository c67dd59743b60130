import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";
import { addAnthropicBatches } from "./anthropic-batches.ts";
import { answerCall } from "./calls.ts";
import type { ProtocolName } from "./contract.ts";
import type { FakeApp, FakeContextOf, FakeServer } from "./fake-server.ts";
import { addGoogleBatches } from "./google-batches.ts";
import { addGoogleFiles } from "./google-files.ts";
import { guardRequest } from "./guard.ts";
import { addModels } from "./models.ts";
import { addOpenAIBatches } from "./openai-batches.ts";
import { addOpenAIFiles } from "./openai-files.ts";
import { protocols } from "./protocols.ts";

/** All routes. Calls of a model write to the connection themselves, so that they can break it. */
export function createApp(server: FakeServer): FakeApp {
  const app: FakeApp = new Hono();
  const { state } = server;
  const call = async (c: FakeContextOf, name: ProtocolName, model?: string): Promise<Response> => {
    const { incoming, outgoing } = c.env;
    await answerCall(state, {
      protocol: protocols[name],
      incoming,
      outgoing,
      ...(model === undefined ? {} : { model }),
    });
    return RESPONSE_ALREADY_SENT;
  };
  app.use("*", guardRequest(state));
  const createGoogleBatch = addGoogleBatches(app, server);
  app.post("/v1/chat/completions", (c) => call(c, "openai"));
  app.post("/v1/responses", (c) => call(c, "openai-responses"));
  app.post("/v1/messages", (c) => call(c, "anthropic"));
  app.post("/v1beta/models/:action", (c) => {
    const [model = "", action] = decodeURIComponent(c.req.param("action")).split(":");
    return action === "batchGenerateContent" ? createGoogleBatch(c, model) : call(c, "google", model);
  });
  addModels(app, server);
  addOpenAIFiles(app, server);
  addOpenAIBatches(app, server);
  addAnthropicBatches(app, server);
  addGoogleFiles(app, server);
  app.notFound((c) => {
    state.counts.requests++;
    return c.json({ error: { message: `No such path: ${c.req.path}` } }, 404);
  });
  return app;
}
