/** Which model is used, decided once when a pipeline or stage is started, and stored with its jobs. */
export interface ModelChoice {
  /** E.g. "gpt-4o-mini", "openai-compatible:llama", "nexa:bench-science". */
  readonly model: string;
  /** Whether this is the config's `offline:` model in the place of the one it names. */
  readonly isOffline: boolean;
  /** Why, in a sentence, e.g. "gpt-4o-mini is not used: OPENAI_API_KEY is not set". Null when the named model is used. */
  readonly reason: string | null;
  /** Why it cannot be called now, for a stage that is not done and would have to. */
  readonly blocked?: { readonly message: string; readonly hint: string | undefined };
}
