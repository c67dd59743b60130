export { filterStage } from "./filter-stage.ts";
