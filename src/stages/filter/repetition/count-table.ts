/** A map from 32-bit hashes to numbers that is emptied at no cost, for use on one answer after the other. */
export interface CountTable {
  /** Makes it ready for so many entries, and empty. */
  reset(entries: number): void;
  /** The number of a hash, 0 where it has none yet; puts another one in its place. */
  swap(hash: number, value: number): number;
  /** Adds one to the number of a hash, and gives it. */
  increment(hash: number): number;
}

/** Open addressing over a flat array of (generation, hash, number); an entry of an earlier generation is none. */
export function createCountTable(): CountTable {
  let mask = 511;
  let cells = new Int32Array((mask + 1) * 3);
  let generation = 0;

  function cellOf(hash: number): number {
    // The low bits of a product of hashes are its weakest.
    let place = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const cell = place * 3;
      if (cells[cell] !== generation) {
        cells[cell] = generation;
        cells[cell + 1] = hash;
        cells[cell + 2] = 0;
        return cell;
      }
      if (cells[cell + 1] === hash) return cell;
      place = (place + 1) & mask;
    }
  }

  return {
    reset(entries) {
      generation++;
      if (entries * 2 <= mask + 1) return;
      mask = 2 ** Math.ceil(Math.log2(entries * 2)) - 1;
      cells = new Int32Array((mask + 1) * 3);
    },
    swap(hash, value) {
      const cell = cellOf(hash) + 2;
      const before = cells[cell] as number;
      cells[cell] = value;
      return before;
    },
    increment(hash) {
      const cell = cellOf(hash) + 2;
      const value = (cells[cell] as number) + 1;
      cells[cell] = value;
      return value;
    },
  };
}
