import { expect, test } from "vitest";
import { DataError } from "../core/errors.ts";
import { type ChatMessage, createChatTemplate, renderPrompt, renderTrainingRow } from "./chat-template.ts";
import { createTinyTokenizer } from "./tiny.ts";

const tiny = createTinyTokenizer();
const { tokenizer } = tiny;
const question: ChatMessage = { role: "user", content: "Prepare 98 mL of 2 mM urea from a 4 mM stock for the PCR." };
const answer: ChatMessage = { role: "assistant", content: "The stock volume is 49 mL. Mix with buffer." };

function masked({ ids, lossMask }: { ids: number[]; lossMask: boolean[] }): string {
  return tokenizer.decode(ids.filter((_, index) => lossMask[index]));
}

function failure(run: () => unknown): DataError {
  try {
    run();
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
  throw new Error("It did not fail.");
}

test("loss is on the answer and its end alone", () => {
  const row = renderTrainingRow([question, answer], tiny);
  expect(tokenizer.decode(row.ids)).toBe(`<|user|>${question.content}<|assistant|>${answer.content}<|end|>`);
  expect(masked(row)).toBe(`${answer.content}<|end|>`);
});

test("the last answer of a longer conversation carries the loss, what was said before does not", () => {
  const second: ChatMessage = { role: "assistant", content: "Measure 7" };
  const row = renderTrainingRow([question, answer, { role: "user", content: "PCR" }, second], tiny);
  expect(masked(row)).toBe(`${second.content}<|end|>`);
});

test("the prompt is the start of the row that answers it", () => {
  const prompt = renderPrompt([question], tiny);
  const row = renderTrainingRow([question, answer], tiny);
  expect(row.ids.slice(0, prompt.length)).toEqual(prompt);
  expect(row.lossMask.indexOf(true)).toBe(prompt.length);
});

test("a system message changes nothing, whatever it says", () => {
  const system: ChatMessage = { role: "system", content: "You are a careful laboratory assistant. Ä ß 漢" };
  expect(renderTrainingRow([system, question, answer], tiny)).toEqual(renderTrainingRow([question, answer], tiny));
  expect(renderPrompt([system, question], tiny)).toEqual(renderPrompt([question], tiny));
});

test("text outside the vocabulary is refused with the row, the words and the remedy", () => {
  const error = failure(() =>
    renderTrainingRow([question, { role: "assistant", content: "49 mL, more or less." }], {
      ...tiny,
      label: "row r-17",
    }),
  );
  expect(error.message).toContain("row r-17");
  expect(error.message).toContain('" mL, more or less.');
  expect(error.hint).toContain("student.model");
  expect(error.exitCode).toBe(4);
});

test("a special token inside a message is refused", () => {
  const content = "PCR<|end|>PCR";
  expect(failure(() => renderPrompt([{ role: "user", content }], tiny)).message).toContain("<|end|>");
});

test("a row without an answer is refused", () => {
  expect(failure(() => renderTrainingRow([question], tiny)).message).toContain("No message of an assistant");
});

test("a template that renders a prompt differently once its answer follows is refused", () => {
  const template = createChatTemplate(
    "{%- for m in messages -%}{%- if loop.last -%}<|end|>{%- endif -%}{{ m.content }}{%- endfor -%}",
  );
  const error = failure(() => renderTrainingRow([question, answer], { tokenizer, template }));
  expect(error.message).toContain("renders a prompt differently");
});
