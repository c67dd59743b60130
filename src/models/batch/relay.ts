import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from "@ai-sdk/provider";
import type { RemoteConnection } from "../remote-connection.ts";

type Fetch = typeof globalThis.fetch;

/** A call as the AI SDK would send it in real time. */
export interface CapturedCall {
  readonly url: string;
  /** JSON. */
  readonly body: string;
  /** Names in lower case; the key is among them. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What a batch's line says in the place of a server's response. */
export interface ReplayedAnswer {
  readonly status: number;
  /** Null where the line has none. */
  readonly requestId: string | null;
  /** JSON. */
  readonly body: string;
}

/** The real-time model of a connection, without its server: so a batch's calls are written, and its answers read, as in real time. */
export interface Relay {
  /** The very request that would be sent. @throws what the SDK throws for options that it cannot send. */
  capture(options: LanguageModelV4CallOptions): Promise<CapturedCall>;
  /** The answer as the SDK reads it. @throws what the SDK throws for a refusal, or a body that is no answer. */
  replay(answer: ReplayedAnswer): Promise<LanguageModelV4GenerateResult>;
}

/** Calls are told apart by their signals, as making a model for each would take longer than all the rest. */
export function createRelay(connection: Pick<RemoteConnection, "languageModelWith">): Relay {
  const fetches = new WeakMap<AbortSignal, Fetch>();
  const model = connection.languageModelWith((input, init) => {
    const fetch = init?.signal == null ? undefined : fetches.get(init.signal);
    if (fetch === undefined) throw new Error("The AI SDK did not pass a call's signal on");
    return fetch(input, init);
  });
  const generate = async (
    options: LanguageModelV4CallOptions,
    fetch: Fetch,
  ): Promise<LanguageModelV4GenerateResult> => {
    const { signal } = new AbortController();
    fetches.set(signal, fetch);
    return model.doGenerate({ ...options, abortSignal: signal });
  };
  return {
    async capture(options) {
      let captured: CapturedCall | null = null;
      const keep: Fetch = async (input, init) => {
        const url = input instanceof Request ? input.url : String(input);
        captured = { url, body: String(init?.body ?? ""), headers: Object.fromEntries(new Headers(init?.headers)) };
        throw new Error("captured, not sent");
      };
      try {
        await generate(options, keep);
      } catch (error) {
        if (captured === null) throw error;
      }
      if (captured === null) throw new Error("The AI SDK answered without a request");
      return captured;
    },
    replay({ status, requestId, body }) {
      const id = requestId === null ? {} : { "x-request-id": requestId };
      const headers = { "content-type": "application/json", ...id };
      return generate({ prompt: [] }, async () => new Response(body, { status, headers }));
    },
  };
}
