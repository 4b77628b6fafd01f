import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Operation } from './watched-files.ts';

/** What is on the disk for sure, and what a power cut may take. */
interface File {
  readonly kind: 'file';
  durable: Content;
  volatile: Content;
}
interface Folder {
  readonly kind: 'folder';
  readonly durable: Map<string, Inode>;
  /** Since the folder was last synced, in order. */
  pending: Change[];
}
type Inode = File | Folder;
interface Content {
  readonly bytes: Buffer;
  readonly mode: number;
}
/** One change of a folder's names, which happens as a whole or not at all. */
type Change = readonly (readonly [name: string, inode: Inode | undefined])[];

/** A tree of contents, by path: null for a folder. */
export type DiskState = ReadonlyMap<string, Content | null>;

const EMPTY = { bytes: Buffer.alloc(0), mode: 0o600 };
/** So many choices are tried in all combinations; of more, each alone and all but each. */
const ALL_COMBINATIONS_OF = 8;

/**
 * LossyDisk follows what is done to a folder, and knows every state in which a power cut may leave it, by the weakest
 * promise that file systems make: what was synced is there; of other contents nothing, or all; of other names any.
 */
export class LossyDisk {
  readonly #root: string;
  readonly #top: Folder;

  constructor(root: string) {
    this.#root = root;
    this.#top = readFolder(root);
  }

  apply(operation: Operation): void {
    const { kind, path } = operation;
    if (relative(this.#root, path).startsWith('..')) return;
    if (kind === 'create')
      this.#change(path, [[basename(path), { kind: 'file', durable: EMPTY, volatile: EMPTY }]]);
    else if (kind === 'directory')
      this.#change(path, [[basename(path), { kind: 'folder', durable: new Map(), pending: [] }]]);
    else if (kind === 'remove') this.#change(path, [[basename(path), undefined]]);
    else if (kind === 'rename')
      this.#change(path, [
        [basename(path), undefined],
        [basename(operation.to), this.#at(path)],
      ]);
    else if (kind === 'sync') sync(this.#at(path));
    else if (kind === 'write')
      this.#write(path, (old) => ({ ...old, bytes: Buffer.concat([old.bytes, operation.bytes]) }));
    else if (kind === 'truncate') this.#write(path, (old) => ({ ...old, bytes: EMPTY.bytes }));
    else if (kind === 'mode') this.#write(path, (old) => ({ ...old, mode: operation.mode }));
  }

  /** All states that a power cut may leave now. */
  *states(): Generator<DiskState> {
    const choices = choicesIn(this.#top);
    for (const kept of subsetsOf(choices.length)) {
      const lost = new Set(choices.filter((_, index) => !kept[index]));
      const state = new Map<string, Content | null>();
      collect(this.#top, '', { state, lost });
      yield state;
    }
  }

  #change(path: string, change: Change): void {
    const folder = this.#at(dirname(path));
    if (folder.kind === 'folder') folder.pending.push(change);
  }

  #write(path: string, write: (old: Content) => Content): void {
    const file = this.#at(path);
    if (file.kind === 'file') file.volatile = write(file.volatile);
  }

  #at(path: string): Inode {
    let inode: Inode = this.#top;
    for (const name of relative(this.#root, path).split('/').filter(Boolean)) {
      const next: Inode | undefined =
        inode.kind === 'folder' ? namesOf(inode, new Set()).get(name) : undefined;
      if (!next) throw new Error(`The disk knows no '${path}'`);
      inode = next;
    }
    return inode;
  }
}

function readFolder(path: string): Folder {
  const durable = new Map<string, Inode>();
  for (const name of readdirSync(path)) {
    const child = join(path, name);
    const info = lstatSync(child);
    if (info.isDirectory()) durable.set(name, readFolder(child));
    if (!info.isFile()) continue;
    const content = { bytes: readFileSync(child), mode: info.mode & 0o7777 };
    durable.set(name, { kind: 'file', durable: content, volatile: content });
  }
  return { kind: 'folder', durable, pending: [] };
}

function sync(inode: Inode): void {
  if (inode.kind === 'file') {
    inode.durable = inode.volatile;
    return;
  }
  const names = [...namesOf(inode, new Set())];
  inode.durable.clear();
  for (const [name, child] of names) inode.durable.set(name, child);
  inode.pending = [];
}

function namesOf(folder: Folder, lost: ReadonlySet<unknown>): Map<string, Inode> {
  const names = new Map(folder.durable);
  for (const change of folder.pending) {
    if (lost.has(change)) continue;
    for (const [name, inode] of change)
      if (inode) names.set(name, inode);
      else names.delete(name);
  }
  return names;
}

/** What may be lost or kept: a change of names, or a file's content, wherever its name may be. */
function choicesIn(folder: Folder): (Change | File)[] {
  const inodes = new Set<Inode>();
  const visit = (inode: Inode): void => {
    if (inodes.has(inode)) return;
    inodes.add(inode);
    if (inode.kind === 'file') return;
    for (const child of inode.durable.values()) visit(child);
    for (const [, child] of inode.pending.flat()) if (child) visit(child);
  };
  visit(folder);
  return [...inodes].flatMap((inode): (Change | File)[] => {
    if (inode.kind === 'folder') return inode.pending;
    return inode.durable === inode.volatile ? [] : [inode];
  });
}

function* subsetsOf(count: number): Generator<boolean[]> {
  const all = Array.from({ length: count }, (_, index) => index);
  if (count <= ALL_COMBINATIONS_OF) {
    for (let bits = 0; bits < 2 ** count; bits += 1)
      yield all.map((index) => (bits & (1 << index)) !== 0);
    return;
  }
  for (const end of [...all, count]) {
    yield all.map((index) => index < end);
    yield all.map((index) => index === end);
    yield all.map((index) => index !== end);
  }
}

function collect(
  folder: Folder,
  prefix: string,
  into: { state: Map<string, Content | null>; lost: ReadonlySet<unknown> },
): void {
  for (const [name, inode] of namesOf(folder, into.lost)) {
    const path = prefix + name;
    if (inode.kind === 'file') {
      into.state.set(path, into.lost.has(inode) ? inode.durable : inode.volatile);
      continue;
    }
    into.state.set(path, null);
    collect(inode, `${path}/`, into);
  }
}

/** Names a state by what is not ignored in it, so that the same one is tried once. */
export function nameOf(state: DiskState, ignored?: RegExp): string {
  const named = [...state].filter(([path]) => !ignored?.test(path));
  const entries = named.map(([path, content]) =>
    content ? `${path} ${content.mode} ${content.bytes.toString('base64')}` : `${path}/`,
  );
  return entries.sort().join('\n');
}

/** Makes the state real in an empty folder. */
export function layOut(state: DiskState, folder: string): void {
  for (const [path, content] of state) {
    if (content) writeFileSync(join(folder, path), content.bytes, { mode: content.mode });
    else mkdirSync(join(folder, path), { recursive: true });
  }
}
