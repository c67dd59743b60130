import type { Example, ExampleAnswer } from "./report-schema.ts";
import { notMeasured } from "./report-words.ts";

/** One prompt with its answers. */
export function viewExample({ id, prompt, category, reference, teacher, trained, untrained }: Example) {
  const answers: readonly (readonly [string, ExampleAnswer | null])[] = [
    ["Teacher", teacher],
    ["Trained", trained],
    ["Untrained", untrained],
  ];
  const about = [id, category, reference === null ? null : `reference: ${reference}`];
  return {
    prompt,
    about: about.filter((part) => part !== null).join(" · "),
    answers: answers.flatMap(([label, answer]) => (answer === null ? [] : [viewAnswer(label, answer)])),
  };
}

function viewAnswer(label: string, { text, correct, note }: ExampleAnswer) {
  const marks = { right: "✓ right", wrong: "✗ wrong", open: notMeasured } as const;
  const kind = correct === null ? "open" : correct ? "right" : "wrong";
  return { label, mark: { kind, words: marks[kind] }, text: text === null || text === "" ? "(no answer)" : text, note };
}
