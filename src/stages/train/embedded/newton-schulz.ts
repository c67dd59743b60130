import { type Array as JaxArray, jit, numpy } from "@jax-js/jax";

const iterations = 5;
const [a, b, c] = [3.4445, -4.775, 2.0315];

/** Orthogonalises a stack of matrices (N, rows, columns), rows <= columns, row-major float32. */
export type Orthogonalize = (stack: Float32Array<ArrayBuffer>) => Float32Array;

/**
 * Brings every singular value of each matrix near 1 by a quintic Newton-Schulz iteration, the heart of Muon.
 * @see https://kellerjordan.github.io/posts/muon/
 */
export function createOrthogonalize(count: number, rows: number, columns: number): Orthogonalize {
  const iterate = jit((stack: JaxArray): JaxArray => {
    let x = stack;
    for (let i = 0; i < iterations; i++) {
      const gram = numpy.matmul(x.ref, numpy.transpose(x.ref, [0, 2, 1]));
      const square = numpy.matmul(gram.ref, gram.ref);
      const polynomial = gram.mul(b).add(square.mul(c));
      x = x.ref.mul(a).add(numpy.matmul(polynomial, x));
    }
    return x;
  });
  return (stack) => {
    const result = iterate(numpy.array(scaleToUnitNorm(stack, rows * columns), { shape: [count, rows, columns] }));
    return result.dataSync() as Float32Array;
  };
}

function scaleToUnitNorm(stack: Float32Array, size: number): Float32Array<ArrayBuffer> {
  const scaled = new Float32Array(stack.length);
  for (let start = 0; start < stack.length; start += size) {
    let sum = 0;
    for (let i = start; i < start + size; i++) sum += (stack[i] as number) ** 2;
    const scale = 1 / (Math.sqrt(sum) + 1e-7);
    for (let i = start; i < start + size; i++) scaled[i] = (stack[i] as number) * scale;
  }
  return scaled;
}
