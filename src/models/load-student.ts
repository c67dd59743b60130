import { join } from "node:path";
import { sha256File } from "../core/index.ts";
import { createDecoder, loadCheckpoint } from "../student/index.ts";
import type { ResolvedModel } from "./resolved-model.ts";
import { createStudentModel } from "./student-model.ts";

/**
 * Loads a student from its checkpoint's folder, known to the ledger by the sha256 of its model.safetensors.
 * @throws DataError (exit 4) naming the file that is missing or malformed.
 */
export async function loadStudentModel(name: string, folder: string): Promise<ResolvedModel> {
  const decoder = createDecoder(await loadCheckpoint(folder));
  return createStudentModel({ name, decoder, weightsSha256: await sha256File(join(folder, "model.safetensors")) });
}
