import { Buffer } from 'node:buffer';

const BLOCK_BYTES = 512;
/** Times in an archive are seconds; the same content gives the same archive. */
const EPOCH_OCTAL = '0';

/** TarEntry is one file or directory; paths have no leading slash and at most 100 bytes. */
export interface TarEntry {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Undefined: a directory. */
  readonly content?: { readonly sizeBytes: number; readonly chunks: AsyncIterable<Buffer> };
}

/** tarOf writes an archive (ustar) as the engine takes it, without holding a file in memory. */
export async function* tarOf(entries: readonly TarEntry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    yield headerOf(entry);
    if (!entry.content) continue;
    yield* entry.content.chunks;
    yield Buffer.alloc(padding(entry.content.sizeBytes));
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

/** textContent makes the content of a small file. */
export function textContent(text: string): NonNullable<TarEntry['content']> {
  const bytes = Buffer.from(text);
  return { sizeBytes: bytes.length, chunks: once(bytes) };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** firstFileOf returns the content of the first entry, which is all there is in the archive of one file. */
export function firstFileOf(archive: Buffer): Buffer {
  const sizeBytes = Number.parseInt(archive.toString('latin1', 124, 135), 8);
  return archive.subarray(BLOCK_BYTES, BLOCK_BYTES + sizeBytes);
}

function padding(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

function headerOf({ path, mode, uid, gid, content }: TarEntry): Buffer {
  const name = content ? path : `${path}/`;
  if (Buffer.byteLength(name) > 100) throw new Error(`The path "${path}" is too long`);
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(name, 0);
  header.write(octal(mode, 7), 100);
  header.write(octal(uid, 7), 108);
  header.write(octal(gid, 7), 116);
  header.write(octal(content?.sizeBytes ?? 0, 11), 124);
  header.write(EPOCH_OCTAL.padStart(11, '0'), 136);
  header.write(' '.repeat(8), 148);
  header.write(content ? '0' : '5', 156);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return header;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
