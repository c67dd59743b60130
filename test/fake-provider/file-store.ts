/** An uploaded file, or one that a batch has left. */
export interface StoredFile {
  readonly id: string;
  readonly filename: string;
  readonly purpose: string;
  readonly text: string;
  readonly bytes: number;
  /** Milliseconds. */
  readonly createdAt: number;
}

export interface FileStore {
  add(file: {
    readonly id: string;
    readonly filename: string;
    readonly purpose: string;
    readonly text: string;
  }): StoredFile;
  get(id: string): StoredFile | null;
  delete(id: string): boolean;
  /** The newest first. */
  list(): readonly StoredFile[];
}

export function createFileStore(now: () => number): FileStore {
  const files = new Map<string, StoredFile>();
  return {
    add(file) {
      const stored = { ...file, bytes: Buffer.byteLength(file.text), createdAt: now() };
      files.set(file.id, stored);
      return stored;
    },
    get: (id) => files.get(id) ?? null,
    delete: (id) => files.delete(id),
    list: () => [...files.values()].toReversed(),
  };
}
