import { z } from "zod";

/** The keys of a Llama `config.json` that the embedded student needs; other keys are let through untouched. */
export const llamaConfigSchema = z.looseObject({
  architectures: z.array(z.literal("LlamaForCausalLM")).length(1),
  model_type: z.literal("llama"),
  vocab_size: z.int().min(1),
  hidden_size: z.int().min(1),
  intermediate_size: z.int().min(1),
  num_hidden_layers: z.int().min(1),
  num_attention_heads: z.int().min(1),
  num_key_value_heads: z.int().min(1),
  head_dim: z.int().min(2),
  hidden_act: z.literal("silu"),
  max_position_embeddings: z.int().min(1),
  rms_norm_eps: z.number().gt(0),
  rope_theta: z.number().gt(0),
  tie_word_embeddings: z.literal(true),
  attention_bias: z.literal(false),
  mlp_bias: z.literal(false),
});

/** A Llama architecture with tied embeddings and full attention, as `config.json` writes it. */
export type LlamaConfig = z.infer<typeof llamaConfigSchema>;

/** How large a student is made. */
export interface StudentSize {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly layers: number;
  readonly heads: number;
}

/** The `config.json` of a student of this size over this vocabulary. */
export function createLlamaConfig(
  size: StudentSize,
  text: { vocabSize: number; contextLength: number; eosId: number; padId: number },
): LlamaConfig {
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: text.vocabSize,
    hidden_size: size.hidden_size,
    intermediate_size: size.intermediate_size,
    num_hidden_layers: size.layers,
    num_attention_heads: size.heads,
    num_key_value_heads: size.heads,
    head_dim: size.hidden_size / size.heads,
    hidden_act: "silu",
    max_position_embeddings: text.contextLength,
    rms_norm_eps: 1e-6,
    rope_theta: 10_000,
    rope_scaling: null,
    tie_word_embeddings: true,
    attention_bias: false,
    attention_dropout: 0,
    mlp_bias: false,
    initializer_range: 0.02,
    pretraining_tp: 1,
    use_cache: true,
    torch_dtype: "float32",
    bos_token_id: null,
    eos_token_id: text.eosId,
    pad_token_id: text.padId,
  };
}

/** One weight as it stands in `model.safetensors`: matrices are (out, in). */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Name and shape of every weight, in the order of the forward pass; the output layer is the embedding itself. */
export function parameterSpecs(config: LlamaConfig): ParameterSpec[] {
  const { hidden_size: hidden, intermediate_size: intermediate, head_dim: headDim } = config;
  const queries = config.num_attention_heads * headDim;
  const keys = config.num_key_value_heads * headDim;
  const layers = Array.from({ length: config.num_hidden_layers }, (_, layer): ParameterSpec[] => {
    const at = (name: string) => `model.layers.${layer}.${name}.weight`;
    return [
      { name: at("input_layernorm"), shape: [hidden] },
      { name: at("self_attn.q_proj"), shape: [queries, hidden] },
      { name: at("self_attn.k_proj"), shape: [keys, hidden] },
      { name: at("self_attn.v_proj"), shape: [keys, hidden] },
      { name: at("self_attn.o_proj"), shape: [hidden, queries] },
      { name: at("post_attention_layernorm"), shape: [hidden] },
      { name: at("mlp.gate_proj"), shape: [intermediate, hidden] },
      { name: at("mlp.up_proj"), shape: [intermediate, hidden] },
      { name: at("mlp.down_proj"), shape: [hidden, intermediate] },
    ];
  });
  return [
    { name: "model.embed_tokens.weight", shape: [config.vocab_size, hidden] },
    ...layers.flat(),
    { name: "model.norm.weight", shape: [hidden] },
  ];
}

/** Every weight by its name in `model.safetensors`, row-major float32. */
export type Weights = ReadonlyMap<string, Float32Array>;

/** The number of weights. */
export function countParameters(config: LlamaConfig): number {
  return parameterSpecs(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}
