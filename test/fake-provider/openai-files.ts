import type { FakeApp, FakeServer } from "./fake-server.ts";
import type { StoredFile } from "./file-store.ts";
import { pageOf } from "./pages.ts";

/** OpenAI's files: upload by multipart, list, content, deletion. */
export function addOpenAIFiles(app: FakeApp, { files, newId }: FakeServer): void {
  app.post("/v1/files", async (c) => {
    const { file, purpose } = await c.req.parseBody();
    if (!(file instanceof File)) return c.json(openAIError("Missing required parameter: 'file'.", "file"), 400);
    if (typeof purpose !== "string")
      return c.json(openAIError("Missing required parameter: 'purpose'.", "purpose"), 400);
    if (purpose === "batch" && !file.name.endsWith(".jsonl")) {
      return c.json(openAIError("Invalid file format for Batch API. Must be .jsonl"), 400);
    }
    const text = await file.text();
    return c.json(describe(files.add({ id: newId("file"), filename: file.name, purpose, text })));
  });
  app.get("/v1/files", (c) => {
    const purpose = c.req.query("purpose");
    const all = files.list().filter((file) => purpose === undefined || file.purpose === purpose);
    return c.json(pageOf(all, { after: c.req.query("after"), limit: c.req.query("limit"), describe }));
  });
  app.get("/v1/files/:id", (c) => {
    const file = files.get(c.req.param("id"));
    return file === null ? c.json(noFile(c.req.param("id")), 404) : c.json(describe(file));
  });
  app.get("/v1/files/:id/content", (c) => {
    const file = files.get(c.req.param("id"));
    if (file === null) return c.json(noFile(c.req.param("id")), 404);
    return c.body(file.text, 200, { "content-type": "application/octet-stream" });
  });
  app.delete("/v1/files/:id", (c) => {
    const id = c.req.param("id");
    return files.delete(id) ? c.json({ id, object: "file", deleted: true }) : c.json(noFile(id), 404);
  });
}

function describe({ id, bytes, createdAt, filename, purpose }: StoredFile) {
  const created_at = Math.floor(createdAt / 1000);
  return { object: "file", id, purpose, filename, bytes, created_at, expires_at: null, status: "processed" };
}

function noFile(id: string) {
  return openAIError(`No such File object: ${id}`, "id");
}

/** OpenAI's error body for a request that is wrong. */
export function openAIError(message: string, param: string | null = null) {
  return { error: { message, type: "invalid_request_error", param, code: null } };
}
