import { type Array as JaxArray, nn, numpy } from "@jax-js/jax";
import { type LlamaConfig, parameterSpecs } from "../../../student/index.ts";

// In jax-js an operation takes its operands over; `.ref` keeps one for a further use.

/** Constants of the forward pass for sequences of T tokens. */
export interface Positions {
  /** (T, 1, head_dim / 2): cosine and sine of the rotary angles. */
  readonly cos: JaxArray;
  readonly sin: JaxArray;
  /** (T, T): 0 where a token may look, hugely negative where it would look ahead. */
  readonly mask: JaxArray;
}

const lookingAhead = -1e9;

export function createPositions(config: LlamaConfig, length: number): Positions {
  const half = config.head_dim / 2;
  const angles = Float64Array.from({ length: length * half }, (_, index) => {
    return Math.floor(index / half) / config.rope_theta ** ((2 * (index % half)) / config.head_dim);
  });
  const ahead = Float32Array.from({ length: length * length }, (_, index) => {
    return index % length > Math.floor(index / length) ? lookingAhead : 0;
  });
  return {
    cos: numpy.array(Float32Array.from(angles, Math.cos), { shape: [length, 1, half] }),
    sin: numpy.array(Float32Array.from(angles, Math.sin), { shape: [length, 1, half] }),
    mask: numpy.array(ahead, { shape: [length, length] }),
  };
}

/** One array for each of parameterSpecs(config), in its order and shapes. */
export type Parameters = readonly JaxArray[];

/** Logits (B x T, V) of token ids (B x T) by the Llama architecture; takes over its arguments. */
export function computeLogits(
  config: LlamaConfig,
  parameters: Parameters,
  ids: JaxArray,
  { cos, sin, mask }: Positions,
): JaxArray {
  const { num_attention_heads: heads, head_dim: headDim, rms_norm_eps: eps } = config;
  const length = mask.shape[0] as number;
  const batch = (ids.shape[0] as number) / length;
  const byName = new Map(parameterSpecs(config).map(({ name }, index) => [name, parameters[index] as JaxArray]));
  const weight = (name: string) => byName.get(`model.${name}.weight`) as JaxArray;

  // The halves of each head stay apart: scores are the sum of two products, and nothing has to be joined.
  function rotate(x: JaxArray): [JaxArray, JaxArray] {
    const half = headDim / 2;
    const parts = numpy.split(x.reshape([batch, length, heads, 2, half]), 2, 3);
    const [first, second] = parts.map((part) => part.reshape([batch, length, heads, half])) as [JaxArray, JaxArray];
    return [first.ref.mul(cos.ref).sub(second.ref.mul(sin.ref)), second.mul(cos.ref).add(first.mul(sin.ref))];
  }

  function attend(x: JaxArray, at: string): JaxArray {
    const [q1, q2] = rotate(multiply(x.ref, weight(`${at}.q_proj`)));
    const [k1, k2] = rotate(multiply(x.ref, weight(`${at}.k_proj`)));
    const value = multiply(x, weight(`${at}.v_proj`)).reshape([batch, length, heads, headDim]);
    const scores = numpy.einsum("bthd,bshd->bhts", q1, k1).add(numpy.einsum("bthd,bshd->bhts", q2, k2));
    const shares = nn.softmax(scores.mul(1 / Math.sqrt(headDim)).add(mask.ref), -1);
    const mixed = numpy.einsum("bhts,bshd->bthd", shares, value).reshape([batch * length, heads * headDim]);
    return multiply(mixed, weight(`${at}.o_proj`));
  }

  const embedding = weight("embed_tokens");
  let hidden = numpy.take(embedding.ref, ids, 0);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `layers.${layer}`;
    hidden = hidden.ref.add(attend(normalize(hidden, weight(`${at}.input_layernorm`), eps), `${at}.self_attn`));
    const normed = normalize(hidden.ref, weight(`${at}.post_attention_layernorm`), eps);
    const gate = nn.silu(multiply(normed.ref, weight(`${at}.mlp.gate_proj`)));
    const up = multiply(normed, weight(`${at}.mlp.up_proj`));
    hidden = hidden.add(multiply(gate.mul(up), weight(`${at}.mlp.down_proj`)));
  }
  for (const constant of [cos, sin, mask]) constant.dispose();
  return multiply(normalize(hidden, weight("norm"), eps), embedding);
}

/** Mean loss of a batch: `targets` (B x T, V) holds at each label the token's share of the loss, and 0 elsewhere. */
export function computeLoss(
  config: LlamaConfig,
  parameters: Parameters,
  ids: JaxArray,
  targets: JaxArray,
  positions: Positions,
): JaxArray {
  const logits = computeLogits(config, parameters, ids, positions);
  return numpy.sum(nn.logSoftmax(logits, -1).mul(targets)).neg();
}

/** (N, in) times a matrix (out, in) as checkpoints hold it. */
function multiply(x: JaxArray, matrix: JaxArray): JaxArray {
  return numpy.matmul(x, numpy.transpose(matrix));
}

function normalize(x: JaxArray, weight: JaxArray, eps: number): JaxArray {
  const meanSquare = numpy.mean(x.ref.mul(x.ref), -1, { keepdims: true });
  return x.mul(numpy.reciprocal(numpy.sqrt(meanSquare.add(eps)))).mul(weight);
}
