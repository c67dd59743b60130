import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { startRecordingServer } from "../../test/fixtures/recording-server.ts";
import { resolveModel } from "./resolve-model.ts";

const completion = {
  id: "c1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "through" }, finish_reason: "stop" }],
};

interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** Hosts that were asked for, by method: "CONNECT llm.example.test:443". */
  readonly seen: readonly string[];
  readonly authorizations: readonly (string | undefined)[];
}

/** A proxy to one port of loopback, whatever host it is asked for. */
async function startProxy(targetPort: number): Promise<Proxy> {
  const seen: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const note = (incoming: IncomingMessage): void => {
    seen.push(`${incoming.method} ${incoming.url}`);
    authorizations.push(incoming.headers["proxy-authorization"]);
  };
  const server = createServer((incoming, response) => {
    note(incoming);
    const { pathname } = new URL(incoming.url ?? "");
    const { method, headers } = incoming;
    const onward = request({ host: "127.0.0.1", port: targetPort, path: pathname, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  const sockets = new Set<Socket>();
  server.on("connect", (incoming, socket: Socket, head) => {
    note(incoming);
    const onward = connect(targetPort, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on("error", () => undefined);
    }
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    authorizations,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: Server | ReturnType<typeof createHttpsServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function ask(baseUrl: string, env: Record<string, string>): Promise<unknown> {
  const model = await resolveModel("mine", {
    models: { mine: { base_url: baseUrl, model: "m", provider: "openai-compatible" } },
    env,
  });
  const { content } = await model.languageModel.doGenerate({
    prompt: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
    abortSignal: AbortSignal.timeout(10_000),
  });
  return content[0];
}

const through = { type: "text", text: "through" };

describe("a server by http", () => {
  it("is asked through HTTP_PROXY, with the proxy's own password", async () => {
    await using server = await startRecordingServer(() => ({ body: completion }));
    await using proxy = await startProxy(Number(new URL(server.origin).port));
    const HTTP_PROXY = proxy.url.replace("//", "//user:pass@");
    expect(await ask("http://llm.example.test/v1", { HTTP_PROXY })).toEqual(through);
    expect(proxy.seen[0]).toMatch(/llm\.example\.test/);
    expect(proxy.authorizations[0]).toBe(`Basic ${Buffer.from("user:pass").toString("base64")}`);
    expect(server.requests[0]).toMatchObject({ method: "POST", url: "/v1/chat/completions" });
  });

  it("is asked directly where NO_PROXY names it, and on loopback always", async () => {
    await using server = await startRecordingServer(() => ({ body: completion }));
    const deadProxy = "http://127.0.0.1:9";
    const env = { HTTP_PROXY: deadProxy, HTTPS_PROXY: deadProxy };
    expect(await ask(`${server.origin}/v1`, env)).toEqual(through);
    await expect(ask("http://llm.example.test/v1", env)).rejects.toThrow();
    const named = server.origin.replace("127.0.0.1", "0x7f000001.nip.example.test");
    await expect(ask(`${named}/v1`, { ...env, NO_PROXY: "example.test" })).rejects.toMatchObject({ code: "ENOTFOUND" });
  });
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

describe.skipIf(!hasOpenssl)("a server by https", () => {
  const trusted = getCACertificates("default");
  afterEach(() => setDefaultCACertificates(trusted));

  it("is asked through HTTPS_PROXY's tunnel, and only where its certificate is trusted", async () => {
    const { key, cert } = makeCertificate("llm.example.test");
    const server = createHttpsServer({ key, cert }, (_incoming, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(completion));
    });
    await using proxy = await startProxy(await listen(server));
    const base = "https://llm.example.test/v1";
    await expect(ask(base, { HTTPS_PROXY: proxy.url })).rejects.toMatchObject({ code: expect.stringMatching(/CERT/) });
    setDefaultCACertificates([...trusted, cert]);
    expect(await ask(base, { https_proxy: proxy.url, NO_PROXY: "other.test" })).toEqual(through);
    expect(proxy.seen.at(-1)).toBe("CONNECT llm.example.test:443");
    server.closeAllConnections();
    server.close();
  });
});

function makeCertificate(host: string): { key: string; cert: string } {
  const dir = mkdtempSync(join(tmpdir(), "nexa-cert-"));
  const [keyFile, certFile] = [join(dir, "key.pem"), join(dir, "cert.pem")];
  const subject = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`];
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", ...ec, "-keyout", keyFile, "-out", certFile, "-days", "2", ...subject], {
    stdio: "ignore",
  });
  const made = { key: readFileSync(keyFile, "utf8"), cert: readFileSync(certFile, "utf8") };
  rmSync(dir, { recursive: true });
  return made;
}
