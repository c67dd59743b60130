export type { Column, RowSchema } from "./columns.ts";
export { normalizeConversation } from "./conversation.ts";
export { iterateForeignRows, readForeignRows } from "./foreign-rows.ts";
export { type JsonlLine, type ReadOptions, readJsonl } from "./jsonl-read.ts";
export { writeJsonl } from "./jsonl-write.ts";
export { growNumbers, KeyTable } from "./key-table.ts";
export { type RangeChunk, type RangeColumn, type ReadRangeOptions, readParquetRange } from "./parquet-range.ts";
export { countParquetRows, type ReadParquetOptions, readParquet } from "./parquet-read.ts";
export { type WriteParquetOptions, writeParquet } from "./parquet-write.ts";
export { type ParseRecordOptions, parseRecord } from "./parse-record.ts";
export {
  type FilteredRow,
  type Message,
  messageSchema,
  type PromptRow,
  type ReasonCode,
  type RejectionRow,
  reasonCodes,
  type SftRow,
  type SplitName,
  splitNames,
  type TeacherOutputRow,
} from "./rows.ts";
export { filteredSchema, rejectionSchema, sftSchema, teacherOutputSchema } from "./schemas.ts";
export { type SplitShares, splitOf } from "./split.ts";
export { isTableFile, openTable, type Table } from "./table.ts";
export type { TableRow } from "./table-row.ts";
export { groupOfPrompt, normalizeText } from "./text.ts";
