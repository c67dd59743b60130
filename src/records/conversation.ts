/** ShareGPT's speakers. */
const roles: Readonly<Record<string, string>> = {
  human: "user",
  user: "user",
  gpt: "assistant",
  assistant: "assistant",
  chatgpt: "assistant",
  model: "assistant",
  system: "system",
};

/**
 * A conversation as a list of {role, content}, from one, from ShareGPT's {from, value}, or from either as JSON text; anything else as it
 * is, for the schema to refuse.
 */
export function normalizeConversation(value: unknown): unknown {
  const list = typeof value === "string" ? parseText(value) : value;
  if (!Array.isArray(list) || !list.some(isShareGpt)) return list;
  return list.map((turn) => (isShareGpt(turn) ? { role: roles[turn.from] ?? turn.from, content: turn.value } : turn));
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isShareGpt(turn: unknown): turn is { from: string; value: unknown } {
  return (
    typeof turn === "object" && turn !== null && "from" in turn && "value" in turn && typeof turn.from === "string"
  );
}
