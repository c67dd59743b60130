/**
 * Thrift's compact protocol, of which Parquet's footer is made, as a tree that is written back unchanged where nothing in it was changed: fields
 * that we know nothing of are kept.
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
export type ThriftValue = boolean | bigint | Buffer | ThriftList | ThriftStruct;

export interface ThriftList {
  readonly itemType: number;
  readonly items: ThriftValue[];
}

/** Fields by their id, ascending. */
export type ThriftStruct = Map<number, { readonly type: number; value: ThriftValue }>;

const [isTrue, isFalse, byte, double, binary, list, struct] = [1, 2, 3, 7, 8, 9, 12];
/** i16, i32 and i64. */
const integers = [4, 5, 6];

/** @throws RangeError for bytes that end too early, Error for a type that Parquet does not use. */
export function readThrift(bytes: Buffer): ThriftStruct {
  return new Reader(bytes).struct();
}

export function writeThrift(value: ThriftStruct): Buffer {
  const parts: Buffer[] = [];
  writeStruct(value, parts);
  return Buffer.concat(parts);
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  struct(): ThriftStruct {
    const fields: ThriftStruct = new Map();
    for (let id = 0; ; ) {
      const header = this.#byte();
      if (header === 0) return fields;
      const type = header & 0x0f;
      id = header >> 4 === 0 ? Number(this.#integer()) : id + (header >> 4);
      fields.set(id, { type, value: type === isTrue || type === isFalse ? type === isTrue : this.#value(type) });
    }
  }

  #value(type: number): ThriftValue {
    if (integers.includes(type)) return this.#integer();
    switch (type) {
      case isTrue:
      case isFalse:
        return this.#byte() === isTrue;
      case byte:
        return this.#take(1);
      case double:
        return this.#take(8);
      case binary:
        return this.#take(Number(this.#varint()));
      case list:
        return this.#list();
      case struct:
        return this.struct();
      default:
        throw new Error(`Thrift type ${type} in a Parquet footer`);
    }
  }

  #list(): ThriftList {
    const header = this.#byte();
    const itemType = header & 0x0f;
    const size = header >> 4 === 15 ? Number(this.#varint()) : header >> 4;
    return { itemType, items: Array.from({ length: size }, () => this.#value(itemType)) };
  }

  #byte(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError("The footer ends too early");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #varint(): bigint {
    for (let [value, shift] = [0n, 0n]; ; shift += 7n) {
      const next = this.#byte();
      value |= BigInt(next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
  }

  #integer(): bigint {
    const zigzag = this.#varint();
    return (zigzag >> 1n) ^ -(zigzag & 1n);
  }
}

function writeStruct(fields: ThriftStruct, parts: Buffer[]): void {
  let last = 0;
  for (const [id, { type, value }] of fields) {
    const isFlag = typeof value === "boolean";
    const code = isFlag ? (value ? isTrue : isFalse) : type;
    const step = id - last;
    last = id;
    if (step >= 1 && step <= 15) parts.push(Buffer.of((step << 4) | code));
    else parts.push(Buffer.of(code), integerBytes(BigInt(id)));
    if (!isFlag) writeValue(value, { type, parts });
  }
  parts.push(Buffer.of(0));
}

function writeValue(value: ThriftValue, { type, parts }: { type: number; parts: Buffer[] }): void {
  if (typeof value === "boolean") parts.push(Buffer.of(value ? isTrue : isFalse));
  else if (typeof value === "bigint") parts.push(integerBytes(value));
  else if (value instanceof Map) writeStruct(value, parts);
  else if (Buffer.isBuffer(value)) parts.push(...(type === binary ? [varintBytes(BigInt(value.length))] : []), value);
  else {
    const { itemType, items } = value;
    if (items.length < 15) parts.push(Buffer.of((items.length << 4) | itemType));
    else parts.push(Buffer.of(0xf0 | itemType), varintBytes(BigInt(items.length)));
    for (const item of items) writeValue(item, { type: itemType, parts });
  }
}

function integerBytes(value: bigint): Buffer {
  return varintBytes(value < 0n ? -value * 2n - 1n : value * 2n);
}

function varintBytes(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
