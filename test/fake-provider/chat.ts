import type { ChatRequest } from "./contract.ts";
import { openAILimitHeaders, renderOpenAIError } from "./openai-errors.ts";
import { type Protocol, textOfContent } from "./protocol.ts";

/** OpenAI's chat completions, and what vLLM and others add: `reasoning_content`. */
export const chatProtocol: Protocol = {
  name: "openai",
  requestIdHeader: "x-request-id",
  retryStyle: "both",
  readKey: ({ authorization }) => /^Bearer (.+)$/.exec(String(authorization ?? ""))?.[1],
  checkHeaders: () => null,
  readRequest(body) {
    const request = body as ChatRequest;
    if (typeof request.model !== "string") throw new Error("you must provide a model parameter");
    if (!Array.isArray(request.messages) || request.messages.length === 0) {
      throw new Error("Missing required parameter: 'messages'.");
    }
    const hasParts = request.messages.some(({ content }) => typeof content !== "string");
    if (!hasParts) return request;
    const messages = request.messages.map(({ role, content }) => ({ role, content: textOfContent(content) }));
    return { ...request, messages };
  },
  renderAnswer({ model }, { text, finishReason = "stop", reasoning, usage: said }, { usage, id }) {
    const message = {
      role: "assistant",
      content: text,
      refusal: null,
      ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    };
    const counted = {
      prompt_tokens: usage.prompt_tokens,
      completion_tokens: usage.completion_tokens,
      total_tokens: usage.prompt_tokens + usage.completion_tokens,
      prompt_tokens_details: { cached_tokens: usage.cached_tokens ?? 0 },
    };
    return {
      id: `chatcmpl-${id}`,
      object: "chat.completion",
      created: Math.floor(Date.now() / 1000),
      model,
      choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }],
      ...(said === null ? {} : { usage: counted }),
    };
  },
  renderError: renderOpenAIError,
  limitHeaders: openAILimitHeaders,
};
