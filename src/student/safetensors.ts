import { DataError } from "../core/errors.ts";

/** One tensor of a safetensors file: row-major float32. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const lengthBytes = 8;

/**
 * A safetensors file of float32 tensors.
 * @see https://huggingface.co/docs/safetensors/index#format
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, HeaderEntry | Readonly<Record<string, string>>> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / lengthBytes) * lengthBytes;
  const bytes = new Uint8Array(lengthBytes + headerLength + offset).fill(0x20, lengthBytes, lengthBytes + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, lengthBytes);
  let position = lengthBytes + headerLength;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}

/**
 * The tensors of a safetensors file.
 * @throws DataError naming the file when it is cut, malformed or not float32.
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Map<string, Tensor> {
  const body = readHeader(bytes, file);
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(body.header)) {
    if (name === "__metadata__") continue;
    const { dtype, shape, data_offsets: offsets } = entry as HeaderEntry;
    if (dtype !== "F32") throw malformed(file, `${name} is ${dtype}, and only F32 is read here`);
    const size = shape.reduce((a, b) => a * b, 1);
    const [begin, end] = offsets;
    if (end - begin !== size * 4 || body.start + end > bytes.length) throw malformed(file, `${name} is cut off`);
    // A copy of its own: the bytes may be a view that is not aligned to 4.
    const data = new Float32Array(Uint8Array.from(bytes.subarray(body.start + begin, body.start + end)).buffer);
    tensors.set(name, { shape, data });
  }
  return tensors;
}

function readHeader(bytes: Uint8Array, file: string): { header: Record<string, unknown>; start: number } {
  if (bytes.length < lengthBytes) throw malformed(file, "it has no header");
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getBigUint64(0, true));
  if (length > bytes.length - lengthBytes) throw malformed(file, "its header is cut off");
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(lengthBytes, lengthBytes + length)));
    return { header, start: lengthBytes + length };
  } catch (cause) {
    throw malformed(file, "its header is not JSON", cause);
  }
}

function malformed(file: string, what: string, cause?: unknown): DataError {
  return new DataError(`Not a safetensors file that can be read: ${what}.`, { file, code: "checkpoint", cause });
}
