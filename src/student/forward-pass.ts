import type { LlamaConfig, Weights } from "./llama-config.ts";
import { addProduct, dot, normalize, rotateHalves, silu, softmax } from "./vector-math.ts";

/** Keys and values of the tokens seen so far, layer by layer, each (positions, heads x head_dim). */
export interface KeyValueCache {
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
  /** Tokens seen. */
  length: number;
}

export interface ForwardPass {
  createCache(): KeyValueCache;
  /** Appends the ids to the cache and returns the logits (V) after the last one; the array is used again by the next call. */
  logits(cache: KeyValueCache, ids: readonly number[]): Float32Array;
}

/** The Llama forward pass, one token at a time, over row-major float32 weights with matrices (out, in). */
export function createForwardPass(config: LlamaConfig, weights: Weights): ForwardPass {
  const { hidden_size: D, num_attention_heads: H, num_key_value_heads: KV, head_dim: d, intermediate_size: F } = config;
  const { vocab_size: V, max_position_embeddings: T, rms_norm_eps: eps, rope_theta: theta } = config;
  const weight = (name: string) => weights.get(name) as Float32Array;
  const layers = Array.from({ length: config.num_hidden_layers }, (_, layer) => layerWeights(layer, weight));
  const embedding = weight("model.embed_tokens.weight");
  const finalNorm = weight("model.norm.weight");
  const hidden = new Float32Array(D);
  const normed = new Float32Array(D);
  const query = new Float32Array(H * d);
  const mixed = new Float32Array(H * d);
  const gate = new Float32Array(F);
  const up = new Float32Array(F);
  const scores = new Float32Array(T);
  const logits = new Float32Array(V);

  function attend(cache: KeyValueCache, layer: number, position: number): void {
    const keys = cache.keys[layer] as Float32Array;
    const values = cache.values[layer] as Float32Array;
    mixed.fill(0);
    for (let head = 0; head < H; head++) {
      const at = Math.floor((head * KV) / H) * d;
      for (let past = 0; past <= position; past++) {
        scores[past] = dot(query, head * d, keys, past * KV * d + at, d) / Math.sqrt(d);
      }
      softmax(scores, position + 1);
      for (let past = 0; past <= position; past++) {
        const share = scores[past] as number;
        for (let i = 0; i < d; i++)
          (mixed[head * d + i] as number) += share * (values[past * KV * d + at + i] as number);
      }
    }
  }

  function step(cache: KeyValueCache, id: number): void {
    const position = cache.length;
    hidden.set(embedding.subarray(id * D, (id + 1) * D));
    layers.forEach((layer, index) => {
      normalize(hidden, layer.inputNorm, eps, normed);
      const key = (cache.keys[index] as Float32Array).subarray(position * KV * d, (position + 1) * KV * d);
      const value = (cache.values[index] as Float32Array).subarray(position * KV * d, (position + 1) * KV * d);
      addProduct(layer.q, normed, query.fill(0));
      addProduct(layer.k, normed, key.fill(0));
      addProduct(layer.v, normed, value.fill(0));
      rotateHalves(query, d, position, theta);
      rotateHalves(key, d, position, theta);
      attend(cache, index, position);
      addProduct(layer.o, mixed, hidden);
      normalize(hidden, layer.postNorm, eps, normed);
      addProduct(layer.gate, normed, gate.fill(0));
      addProduct(layer.up, normed, up.fill(0));
      for (let i = 0; i < F; i++) gate[i] = silu(gate[i] as number) * (up[i] as number);
      addProduct(layer.down, gate, hidden);
    });
    cache.length++;
  }

  return {
    createCache: () => ({
      keys: layers.map(() => new Float32Array(T * KV * d)),
      values: layers.map(() => new Float32Array(T * KV * d)),
      length: 0,
    }),
    logits(cache, ids) {
      if (cache.length + ids.length > T) throw new RangeError(`The context holds ${T} tokens.`);
      for (const id of ids) step(cache, id);
      normalize(hidden, finalNorm, eps, normed);
      return addProduct(embedding, normed, logits.fill(0));
    },
  };
}

function layerWeights(layer: number, weight: (name: string) => Float32Array) {
  const at = (name: string) => weight(`model.layers.${layer}.${name}.weight`);
  return {
    inputNorm: at("input_layernorm"),
    q: at("self_attn.q_proj"),
    k: at("self_attn.k_proj"),
    v: at("self_attn.v_proj"),
    o: at("self_attn.o_proj"),
    postNorm: at("post_attention_layernorm"),
    gate: at("mlp.gate_proj"),
    up: at("mlp.up_proj"),
    down: at("mlp.down_proj"),
  };
}
