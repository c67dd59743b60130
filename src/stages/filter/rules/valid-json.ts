import { errorMessage } from "../../../core/index.ts";
import { excerpt, keep, type Rule, reject } from "../rule.ts";

/** Rejects answers that are no JSON: with `auto` where the prompt asks for JSON, with `true` everywhere. */
export function validJsonRule(require: true | "auto"): Rule {
  return {
    name: "JSON",
    reasons: ["invalid_json"],
    check({ row, answer }) {
      if (require === "auto" && !row.expects_json) return keep;
      try {
        JSON.parse(answer);
        return keep;
      } catch (error) {
        const message = errorMessage(error);
        return reject("invalid_json", { message: excerpt(message), position: positionIn(message, answer) });
      }
    },
  };
}

/** Where JSON.parse stopped, in UTF-16 code units; at the end when it says that the text ended too early. */
function positionIn(message: string, answer: string): number | null {
  const position = /at position (\d{1,15})/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  return /end of JSON input/.test(message) ? answer.length : null;
}
