import { chatProtocol } from "./chat.ts";
import type { ChatRequest } from "./contract.ts";
import { type Protocol, textOfContent } from "./protocol.ts";

interface ResponsesRequest {
  readonly model?: string;
  readonly instructions?: string | null;
  readonly input?: string | readonly { readonly role?: string; readonly content?: unknown }[];
  readonly max_output_tokens?: number;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly reasoning?: { readonly effort?: string };
  readonly text?: { readonly format?: { readonly type: string; readonly schema?: unknown } };
}

/** OpenAI's responses. */
export const responsesProtocol: Protocol = {
  ...chatProtocol,
  name: "openai-responses",
  readRequest(body) {
    const request = body as ResponsesRequest;
    if (typeof request.model !== "string") throw new Error("Missing required parameter: 'model'.");
    const { input = [], instructions, max_output_tokens, temperature, top_p, reasoning, text } = request;
    const items = typeof input === "string" ? [{ role: "user", content: input }] : input;
    const said = items.flatMap(({ role, content }) =>
      role === undefined ? [] : [{ role: role === "developer" ? "system" : role, content: textOfContent(content) }],
    );
    const system = instructions == null ? [] : [{ role: "system", content: instructions }];
    return {
      model: request.model,
      messages: [...system, ...said],
      ...(max_output_tokens === undefined ? {} : { max_completion_tokens: max_output_tokens }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(top_p === undefined ? {} : { top_p }),
      ...(reasoning?.effort === undefined ? {} : { reasoning_effort: reasoning.effort }),
      ...(text?.format === undefined ? {} : { response_format: toChatFormat(text.format) }),
    } satisfies ChatRequest;
  },
  renderAnswer({ model }, { text, finishReason = "stop", reasoning }, { usage, id }) {
    const incomplete = { length: "max_output_tokens", content_filter: "content_filter" }[finishReason];
    const thought = { id: `rs_${id}`, type: "reasoning", summary: [{ type: "summary_text", text: reasoning }] };
    const message = {
      id: `msg_${id}`,
      type: "message",
      role: "assistant",
      status: incomplete === undefined ? "completed" : "incomplete",
      content: [{ type: "output_text", text, annotations: [], logprobs: [] }],
    };
    return {
      id: `resp_${id}`,
      object: "response",
      created_at: Math.floor(Date.now() / 1000),
      status: message.status,
      error: null,
      incomplete_details: incomplete === undefined ? null : { reason: incomplete },
      model,
      output: reasoning === undefined ? [message] : [thought, message],
      usage: {
        input_tokens: usage.prompt_tokens,
        input_tokens_details: { cached_tokens: usage.cached_tokens ?? 0 },
        output_tokens: usage.completion_tokens,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: usage.prompt_tokens + usage.completion_tokens,
      },
    };
  },
};

function toChatFormat({ type, schema }: { type: string; schema?: unknown }): unknown {
  return type === "json_schema" ? { type, json_schema: { schema } } : { type };
}
