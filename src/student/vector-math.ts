// The elements are there by construction; `as number` keeps the inner loops free of checks.

/** Sum of products of `length` elements from each offset. */
export function dot(a: Float32Array, aStart: number, b: Float32Array, bStart: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (a[aStart + i] as number) * (b[bStart + i] as number);
  return sum;
}

/** Adds matrix (out, in) times vector (in) to `target` (out), and returns it; four rows at a time, which is twice as fast as one. */
export function addProduct(matrix: Float32Array, vector: Float32Array, target: Float32Array): Float32Array {
  const columns = vector.length;
  let row = 0;
  for (; row + 3 < target.length; row += 4) {
    const start = row * columns;
    let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
    for (let i = 0; i < columns; i++) {
      const x = vector[i] as number;
      sum0 += (matrix[start + i] as number) * x;
      sum1 += (matrix[start + columns + i] as number) * x;
      sum2 += (matrix[start + 2 * columns + i] as number) * x;
      sum3 += (matrix[start + 3 * columns + i] as number) * x;
    }
    (target[row] as number) += sum0;
    (target[row + 1] as number) += sum1;
    (target[row + 2] as number) += sum2;
    (target[row + 3] as number) += sum3;
  }
  for (; row < target.length; row++) (target[row] as number) += dot(matrix, row * columns, vector, 0, columns);
  return target;
}

/** RMSNorm: `target` becomes `source` over its root mean square, times `weight`. @see https://arxiv.org/abs/1910.07467 */
export function normalize(source: Float32Array, weight: Float32Array, eps: number, target: Float32Array): void {
  const scale = 1 / Math.sqrt(dot(source, 0, source, 0, source.length) / source.length + eps);
  for (let i = 0; i < source.length; i++) target[i] = (source[i] as number) * scale * (weight[i] as number);
}

/** Rotary position embedding with rotated halves, head by head, in place. @see https://arxiv.org/abs/2104.09864 */
export function rotateHalves(vector: Float32Array, headDim: number, position: number, theta: number): void {
  const half = headDim / 2;
  for (let i = 0; i < half; i++) {
    const angle = position / theta ** ((2 * i) / headDim);
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    for (let start = 0; start < vector.length; start += headDim) {
      const first = vector[start + i] as number;
      const second = vector[start + half + i] as number;
      vector[start + i] = first * cos - second * sin;
      vector[start + half + i] = second * cos + first * sin;
    }
  }
}

export function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}

/** Softmax over the first `length` elements, in place. */
export function softmax(values: Float32Array, length: number): void {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i++) top = Math.max(top, values[i] as number);
  let sum = 0;
  for (let i = 0; i < length; i++) sum += values[i] = Math.exp((values[i] as number) - top);
  for (let i = 0; i < length; i++) (values[i] as number) /= sum;
}
