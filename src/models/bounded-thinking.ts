/** Least thinking that Anthropic takes, in tokens. */
const leastBudget = 1024;
/** Most of an answer's tokens that may be thought. */
const mostShare = 0.75;

/**
 * A fetch that holds an answer of Anthropic's, thinking included, within the call's own `max_tokens`, as with other providers: the AI SDK
 * adds the thinking's budget to it, which would be tens of thousands of tokens that nobody allowed.
 */
export function withBoundedThinking(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  const bounded = (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const body = typeof init?.body === "string" ? boundThinking(init.body) : init?.body;
    return fetch(input, body === undefined ? init : { ...init, body });
  };
  return bounded as typeof globalThis.fetch;
}

/** The same text where there is no budget for thinking in it. */
function boundThinking(body: string): string {
  if (!body.includes('"budget_tokens"')) return body;
  const request = JSON.parse(body) as { max_tokens?: number; thinking?: { budget_tokens?: number } };
  const budget = request.thinking?.budget_tokens;
  if (budget === undefined || request.max_tokens === undefined) return body;
  const maxTokens = request.max_tokens - budget;
  const most = Math.max(leastBudget, Math.floor(maxTokens * mostShare));
  return JSON.stringify({
    ...request,
    max_tokens: maxTokens,
    thinking: { ...request.thinking, budget_tokens: Math.min(budget, most) },
  });
}
