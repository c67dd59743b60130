export { packageStage } from "./package-stage.ts";
