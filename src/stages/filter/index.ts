export { filterStage } from "./filter-stage.ts";
export { planFilter } from "./plan-filter.ts";
