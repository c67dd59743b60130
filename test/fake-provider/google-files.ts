import type { FakeApp, FakeServer } from "./fake-server.ts";

/** Google's resumable upload, and the download of results. */
export function addGoogleFiles(app: FakeApp, { files, newId, state }: FakeServer): void {
  app.post("/upload/v1beta/files", async (c) => {
    const uploadId = c.req.query("upload_id");
    if (uploadId === undefined) {
      const url = `${new URL(c.req.url).origin}/upload/v1beta/files?upload_id=${newId("upload")}`;
      return c.json({}, 200, { "x-goog-upload-url": url, "x-goog-upload-status": "active" });
    }
    const text = await c.req.text();
    const { id, bytes } = files.add({ id: `files/${newId("fake")}`, filename: uploadId, purpose: "batch", text });
    const expirationTime = new Date(state.now() + 48 * 3_600_000).toISOString();
    return c.json({ file: { name: id, sizeBytes: String(bytes), mimeType: "application/jsonl", expirationTime } });
  });
  app.get("/download/v1beta/files/:action", (c) => {
    const [id, action] = c.req.param("action").split(":");
    const file = files.get(`files/${id}`);
    if (file === null || action !== "download") {
      return c.json({ error: { code: 404, message: "File not found", status: "NOT_FOUND" } }, 404);
    }
    return c.body(file.text, 200, { "content-type": "application/jsonl" });
  });
}
