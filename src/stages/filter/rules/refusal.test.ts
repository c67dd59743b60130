import { describe, expect, it } from "vitest";
import { outcome } from "./fixtures/candidate.ts";
import { refusalRule } from "./refusal.ts";

describe("refusal", () => {
  const rule = refusalRule([]);

  it.each([
    ["I'm sorry, but I can't assist with that.", "refusal"],
    ["I’m sorry, but I can’t help with that request.", "refusal"],
    ["I am sorry, I cannot help you.", "refusal"],
    ["Sorry, I can't do that.", "refusal"],
    ["I apologize, but I am unable to answer.", "refusal"],
    ["I cannot assist with this procedure.", "refusal"],
    ["I can't provide instructions for that.", "refusal"],
    ["I'm not able to provide medical advice.", "refusal"],
    ["I won't help you with this.", "refusal"],
    ["Unfortunately, I cannot help with that.", "refusal"],
    ["I must decline this request.", "refusal"],
    ["I have to respectfully decline.", "refusal"],
    ["This request violates the rules.", "refusal"],
    ["It would be inappropriate for me to say.", "refusal"],
    ["Hello!\n\n**I cannot comply with this.**", "refusal"],
    ["That is dangerous. I cannot assist with it.", "refusal"],
    ['{"answer": "I\'m sorry, but I can\'t help."}', "refusal"],
    ["As an AI language model, my answers vary.", "self_description"],
    ["Well, as an AI, I do not have hands.", "self_description"],
    ["As an artificial intelligence, I can't measure.", "self_description"],
    ["Note that I'm just an AI assistant, so check it.", "self_description"],
    ["I am a large language model trained on text.", "self_description"],
    ["I was trained by OpenAI to help.", "self_description"],
    ["My knowledge cutoff is 2023.", "self_description"],
    ["I don't have personal opinions on it.", "self_description"],
    ["I do not have access to real-time data.", "self_description"],
  ])("rejects %j", (answer, kind) => {
    expect(outcome(rule, answer)).toMatchObject({ keep: false, reason: "refusal", detail: { kind } });
  });

  it.each([
    "We cannot measure the volume directly, so weigh the tube.",
    "I cannot measure the volume directly, so I weigh the tube.",
    "However, I cannot determine the pH without an electrode.",
    "Unfortunately, I cannot give an exact figure: the density is missing.",
    "I cannot help but notice that the factor is 5.",
    "The enzyme cannot assist with folding.",
    "An AI assistant classifies the plates. As an AI engineer, measure its error.",
    "The robot acts as an AI system would.",
    "I am an AI researcher and train language models.",
    "The model was trained by OpenAI.",
    "Sorry states of the buffer are to be avoided.",
    "This request is sent to the server.",
    "Decline the invitation politely.",
    'He said: "I cannot help you with that."',
    "Split my training data in two and measure both.",
    `${"Mix the buffer and wait a while. ".repeat(12)}I cannot assist with that.`,
    "The patient says, I can't help you.",
  ])("keeps %j", (answer) => expect(outcome(rule, answer)).toEqual({ keep: true }));

  it("says what it found and where", () => {
    expect(outcome(rule, "\n Hello. I cannot assist with that.")).toEqual({
      keep: false,
      reason: "refusal",
      detail: { kind: "refusal", text: "I cannot assist", offset: 9 },
    });
  });

  it("looks for the user's own phrases, whatever their case and white space, and takes them as text", () => {
    const own = refusalRule(["consult a professional", "no (comment)."]);
    expect(outcome(own, "Please CONSULT\n a professional.")).toMatchObject({
      detail: { kind: "own_phrase", text: "CONSULT\n a professional", offset: 7 },
    });
    expect(outcome(own, "No (comment).").keep).toBe(false);
    expect(outcome(own, "no comment.").keep).toBe(true);
    expect(outcome(rule, "Please consult a professional.").keep).toBe(true);
  });
});
