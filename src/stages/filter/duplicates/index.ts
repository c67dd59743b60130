export { findDatasetFiles } from "./dataset-files.ts";
export type { EarlierRow } from "./earlier-rows.ts";
export { type Duplicates, findDuplicates, type RowStates } from "./find-duplicates.ts";
export { createFingerprintStore, type FingerprintStore, type FingerprintStoreOptions } from "./fingerprint-store.ts";
export { createFingerprinter, type FingerprintBlock, type Fingerprinter, type RowTexts } from "./fingerprinter.ts";
export { duplicateRuleNames } from "./rule-names.ts";
