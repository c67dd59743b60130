import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { readLossCurve } from "./loss-curve.ts";
import { renderPage } from "./page.ts";
import { parseReport } from "./read-report.ts";
import type { Report } from "./report-schema.ts";

const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url).pathname;
const curve = await readLossCurve(fixture("events.jsonl"));

function loadReport(): Report {
  return parseReport(readFileSync(fixture("report.json"), "utf8"), "report.json");
}

function render(change: (report: Report) => void = () => undefined) {
  const report = loadReport();
  change(report);
  const html = renderPage(report, curve);
  return { html, document: parseHTML(html).document };
}

const hostile = `<script>alert(1)</script> ]]> --> "quoted" 'single' </p><img src=x onerror=alert(2)> &amp; \u0000\u001b[31m\u202e\ud800`;

describe("the page", () => {
  test("leads with the accuracies and their intervals", () => {
    const { document } = render();
    const cards = [...document.querySelectorAll(".card")].map((card) => card.textContent.replace(/\s+/g, " ").trim());
    expect(cards).toEqual([
      "Untrained student · nexa:tiny 0.0% 95% interval 0.0% to 0.6%; 0 of 612 right",
      "Trained student · nexa:tiny 90.5% 95% interval 87.9% to 92.6%; 554 of 612 right",
      "Teacher · nexa:bench-science 90.7% 95% interval 88.1% to 92.7%; 555 of 612 right",
    ]);
    expect(document.querySelector(".lead")?.textContent).toBe(
      "The student answers 90.5% of 612 unseen requests right, up from 0.0% before training. Its teacher: 90.7%.",
    );
  });

  test("draws accuracy, funnel, reasons and loss, each for a window and for a phone", () => {
    const { document } = render();
    const charts = [...document.querySelectorAll("svg.chart")];
    expect(charts.map((chart) => chart.getAttribute("class"))).toEqual(
      Array(4).fill(["chart wide", "chart narrow"]).flat(),
    );
    const labels = [...document.querySelectorAll("figure")].map((figure) => figure.getAttribute("aria-label") ?? "");
    expect(labels[1]).toBe("Funnel: 6,000 prompts, 6,000 answers, 5,241 kept, 4,449 training rows");
    expect(labels[2]).toContain("low_judge_score 431");
    expect(charts[4]?.textContent).toContain("431 (7.2%)");
  });

  test("lists every stage with its seconds and their sum", () => {
    const { document } = render();
    const rows = [...document.querySelectorAll("table")].flatMap((table) => [...table.querySelectorAll("tr")]);
    const texts = rows.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent).join("|"));
    expect(texts).toContain("train|done|2 min 56 s|176.2");
    expect(texts).toContain("all||3 min 19 s|198.5");
  });

  test("shows teacher, trained and untrained side by side, some of the student's errors among them", () => {
    const { document } = render();
    const [article] = [...document.querySelectorAll("article")];
    expect([...(article?.querySelectorAll("h4") ?? [])].map((title) => title.textContent)).toEqual([
      "Teacher✓ right",
      "Trained✗ wrong",
      "Untrained✗ wrong",
    ]);
  });

  test("loads nothing, runs nothing, and allows its own style sheet alone", () => {
    const { html, document } = render();
    expect(
      document.querySelectorAll("script, link, img, iframe, object, embed, [style], [src], [onclick]").length,
    ).toBe(0);
    expect(document.querySelectorAll("style").length).toBe(1);
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? "";
    const digest = createHash("sha256").update(style).digest("base64");
    const policy = document.querySelector("meta[http-equiv]")?.getAttribute("content");
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`);
    expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  });
});

describe("foreign text", () => {
  const { html, document } = render((report) => {
    const [example] = report.examples;
    if (example === undefined) throw new Error("the fixture has no example");
    Object.assign(example, { id: hostile, prompt: hostile, category: hostile, reference: hostile });
    example.trained = { text: hostile, correct: false, note: hostile };
    report.project = hostile;
    report.student.model = hostile;
    report.counts.reasons = { [hostile]: 3 };
    report.provenance[0] = {
      stage: "generate",
      output: hostile,
      sha256: "0",
      config_hash: "0",
      config: { key: hostile },
    };
  });

  test("becomes text, wherever it stands", () => {
    expect(document.querySelectorAll("script, img").length).toBe(0);
    expect(html).not.toContain("<script>alert");
    expect(html).not.toContain("onerror=alert(2)>");
    expect(document.querySelector(".prompt")?.textContent).toContain(
      "<script>alert(1)</script> ]]> --> \"quoted\" 'single' </p>",
    );
    expect(document.querySelector("pre")?.textContent).toContain("<script>alert(1)</script>");
  });

  test("cannot hide or turn around: control characters are shown", () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what the page must not hold
    expect(html).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(html.isWellFormed()).toBe(true);
    expect(document.querySelector(".prompt")?.textContent).toContain("␀␛[31m�");
  });
});

describe("what was not measured", () => {
  const { html, document } = render(({ evaluation }) => {
    evaluation.checked = 0;
    for (const measurement of [evaluation.untrained, evaluation.trained, evaluation.teacher]) {
      if (measurement !== null)
        Object.assign(measurement, { checked: 0, correct: 0, accuracy: null, ci95: null, failures: {} });
    }
  });

  test("is said in words, without a chart or a number", () => {
    expect([...document.querySelectorAll(".card .words")].map((card) => card.textContent)).toEqual(
      Array(3).fill("not measured"),
    );
    expect(document.querySelector(".lead")?.textContent).toBe(
      "How well the student answers is not measured: no program checked the answers to the 612 test requests.",
    );
    expect(document.querySelectorAll("figure").length).toBe(3);
    expect(html).not.toMatch(/NaN|undefined|null%/);
  });

  test("leaves out what the student is not compared with", () => {
    const alone = render(({ evaluation, examples }) => {
      Object.assign(evaluation, { untrained: null, teacher: null });
      for (const example of examples) Object.assign(example, { untrained: null, teacher: null });
    }).document;
    expect(alone.querySelectorAll(".card").length).toBe(1);
    expect(alone.querySelectorAll("article").length).toBe(8);
    expect(alone.querySelectorAll("article .answer").length).toBe(8);
  });
});
