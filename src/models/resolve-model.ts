import { resolve } from "node:path";
import { UsageError } from "../core/index.ts";
import { describeModel, type ModelContext } from "./describe-model.ts";
import type { Environment } from "./environment.ts";
import { verifierName } from "./fingerprint.ts";
import { isProgramName } from "./judge-program.ts";
import { parseModelName, type RemoteName } from "./model-name.ts";
import type { ModelDescription, ResolvedModel } from "./resolved-model.ts";

export interface ResolveModelOptions extends ModelContext {
  /**
   * The project's folder: what a relative `student:` folder or `program:` module is relative to, and where provider packages are looked for
   * first.
   */
  readonly dir?: string;
}

/**
 * Turns a model's name into one that can be called; what its provider needs is loaded here and not before.
 * @throws UsageError (exit 2) for a name that no provider takes, a key that is not set, or a provider package that cannot be used.
 */
export async function resolveModel(name: string, options: ResolveModelOptions): Promise<ResolvedModel> {
  const { models, env = process.env, dir = "." } = options;
  const description = await describeModel(name, { models, env });
  const parsed = parseModelName(name, { models, env });
  if (parsed.kind === "remote") return resolveRemote({ description, parsed, env, dir });
  if (isProgramName(name)) return loadProgram(name, dir);
  if (name.startsWith("student:")) return loadStudent(name, resolve(dir, name.slice("student:".length)));
  const { createBenchScienceModel, createVerifierModel } = await import("./bench-science-models.ts");
  const languageModel = name === verifierName ? createVerifierModel() : createBenchScienceModel();
  const none = { listModels: null, findBaseUrl: null, loadBatchApi: null };
  return { ...description, languageModel, maxConcurrency: 256, ...none };
}

interface RemoteOptions {
  readonly description: ModelDescription;
  readonly parsed: RemoteName;
  readonly env: Environment;
  readonly dir: string;
}

async function resolveRemote({ description, parsed, env, dir }: RemoteOptions): Promise<ResolvedModel> {
  if (!description.hasKey) {
    throw new UsageError(`${description.name} needs a key, and ${parsed.keyEnv} is not set`, {
      code: "no_key",
      hint: `Set ${parsed.keyEnv} and start again.`,
    });
  }
  const [{ connect }, { findBaseUrl, listModels }, { batchApiLoader }] = await Promise.all([
    import("./connect.ts"),
    import("./list-models.ts"),
    import("./load-batch-api.ts"),
  ]);
  const connection = await connect({ parsed, env, projectDir: dir });
  const hasList = connection.protocol !== "package" || parsed.baseUrl !== null;
  return {
    ...description,
    languageModel: connection.languageModelWith(connection.fetch),
    maxConcurrency: null,
    listModels: hasList ? (signal) => listModels(connection, signal) : null,
    findBaseUrl: hasList ? (signal) => findBaseUrl(connection, signal) : null,
    loadBatchApi: batchApiLoader(connection, parsed),
  };
}

async function loadStudent(name: string, folder: string): Promise<ResolvedModel> {
  const { loadStudentModel } = await import("./load-student.ts");
  return loadStudentModel(name, folder);
}

async function loadProgram(name: string, dir: string): Promise<ResolvedModel> {
  const { loadProgramModel } = await import("./load-judge-program.ts");
  return loadProgramModel(name, dir);
}
