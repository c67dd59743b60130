export { evaluateStage } from "./evaluate-stage.ts";
export { readReport } from "./read-report.ts";
export { type Example, type Measurement, type Report, reportSchema } from "./report-schema.ts";
export { formatSummary } from "./summary.ts";
