import { createHash } from 'node:crypto';

/** TreeDigest makes one hash of files, whatever order they come in. */
export class TreeDigest {
  readonly #entries: string[] = [];

  add(entry: { path: string; kind: string; mode: number; content: string }): void {
    // Of the mode only what survives every checkout.
    const isExecutable = (entry.mode & 0o100) !== 0;
    this.#entries.push(JSON.stringify([entry.path, entry.kind, isExecutable, entry.content]));
  }

  value(): string {
    return createHash('sha256').update(this.#entries.sort().join('\n')).digest('hex');
  }
}
