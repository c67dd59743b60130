export { type DefectName, defectNames } from "./defects.ts";
export { type DilutionRequest, formatPrompt, groupOf, parseRequest } from "./task.ts";
export { type TeacherAnswer, teacherAnswer } from "./teacher.ts";
export {
  type Verification,
  type VerifierCheck,
  type VerifierCriterion,
  verifierChecks,
  verifierCriteria,
  verifyAnswer,
} from "./verifier.ts";
