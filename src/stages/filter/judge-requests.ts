import type { Ledger, ModelRequest } from "../../calls/index.ts";
import {
  caseMessage,
  isJudgeProgram,
  type JudgeCase,
  judgeMessages,
  type ModelLocation,
  verdictSchemaFor,
} from "../../models/index.ts";
import type { Message } from "../../records/index.ts";
import { repairMessages } from "./verdict.ts";

/** A row that the free rules leave to the judge; a structured clone of it is as good. */
export interface RowToJudge extends Required<JudgeCase> {
  /** 0-based number in the input. */
  readonly row: number;
}

/** What a row's call depends on. */
export interface JudgeRequestOptions {
  readonly model: Pick<ModelLocation, "provider">;
  /** The rubric's text. */
  readonly rubric: string;
  /** What is scored one by one, beside the overall score. */
  readonly criteria: readonly string[];
  /** Most tokens in a verdict. */
  readonly maxTokens: number;
}

/** A row whose first answer was no verdict. Its texts are in the ledger: here is only what finds them there. */
export interface BrokenVerdict {
  readonly row: number;
  /** Of the call that brought it. */
  readonly identity: string;
  /** What is wrong with it. */
  readonly problem: string;
}

/** What the judge is asked; the tag is the row's number. */
export interface JudgeRequests {
  first(row: RowToJudge): ModelRequest<number>;
  /** The second and last try. */
  again(broken: BrokenVerdict, ledger: Pick<Ledger, "find">): ModelRequest<number>;
}

/** A program of the user's own has no use for rubric and criteria: they are no part of its calls, and changing them asks it nothing anew. */
export function createJudgeRequests({ model, rubric, criteria, maxTokens }: JudgeRequestOptions): JudgeRequests {
  const isProgram = isJudgeProgram(model);
  // One object for all calls: it is hashed and checked once.
  const responseSchema = isProgram ? undefined : verdictSchemaFor(criteria);
  const ask = (tag: number, messages: readonly Message[]): ModelRequest<number> => ({
    tag,
    messages,
    maxTokens,
    temperature: 0,
    responseSchema,
  });
  return {
    first({ row, request, answer, reference }) {
      const judged = { request, answer, reference };
      return ask(row, isProgram ? [caseMessage(judged)] : judgeMessages({ rubric, judged, criteria }));
    },
    again({ row, identity, problem }, ledger) {
      const call = ledger.find(identity);
      if (call === null) throw new Error(`The first verdict on row ${row} is not in the ledger any more`);
      const { messages: asked } = JSON.parse(call.request) as { messages: Message[] };
      return ask(row, repairMessages({ asked, answer: call.text, problem, criteria }));
    },
  };
}
