import { errorMessage, type JsonSchema } from "../../../core/index.ts";
import { excerpt, keep, type Rule, reject } from "../rule.ts";

export interface JsonDemand {
  /** `auto`: of the answers to prompts that ask for JSON; true: of all. */
  readonly require: true | "auto";
  /** What the value must follow besides, or null. */
  readonly schema: JsonSchema | null;
}

/** Rejects answers that are no JSON, or JSON that does not follow the schema. */
export function validJsonRule({ require, schema }: JsonDemand): Rule {
  return {
    name: "JSON",
    reasons: ["invalid_json", "json_schema"],
    check({ row, answer }) {
      if (require === "auto" && !row.expects_json) return keep;
      let value: unknown;
      try {
        value = JSON.parse(answer);
      } catch (error) {
        const message = errorMessage(error);
        return reject("invalid_json", { message: excerpt(message), position: positionIn(message, answer) });
      }
      const fault = schema?.findFault(value) ?? null;
      if (fault === null) return keep;
      return reject("json_schema", { path: excerpt(fault.path), message: excerpt(fault.message) });
    },
  };
}

/** Where JSON.parse stopped, in UTF-16 code units; at the end when it says that the text ended too early. */
function positionIn(message: string, answer: string): number | null {
  const position = /at position (\d{1,15})/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  return /end of JSON input/.test(message) ? answer.length : null;
}
