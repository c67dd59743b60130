export { measureRepetition, type RepeatedShare, type Repetition } from "./measure-repetition.ts";
