import type { FakeApp, FakeServer } from "./fake-server.ts";

const usualModels = ["fake", "gpt-4o-mini", "gpt-4o", "claude-sonnet-4-5", "gemini-2.5-flash"];

/** The lists of models: OpenAI's, Anthropic's where its version header comes along, and Google's. */
export function addModels(app: FakeApp, { state }: FakeServer): void {
  const names = state.options.models ?? usualModels;
  app.get("/v1/models", (c) => {
    if (c.req.header("anthropic-version") !== undefined) {
      const data = names.map((id) => ({ type: "model", id, display_name: id, created_at: "2025-01-01T00:00:00Z" }));
      return c.json({ data, has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null });
    }
    const data = names.map((id) => ({ id, object: "model", created: 1_700_000_000, owned_by: "fake" }));
    return c.json({ object: "list", data });
  });
  app.get("/v1beta/models", (c) => {
    const supportedGenerationMethods = ["generateContent", "batchGenerateContent"];
    return c.json({ models: names.map((name) => ({ name: `models/${name}`, supportedGenerationMethods })) });
  });
}
