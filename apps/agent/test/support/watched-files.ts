import type { MakeDirectoryOptions, RmOptions } from 'node:fs';
import { join } from 'node:path';

/** Not imported: the tests put what is watched in the place of the module itself. */
const { constants, existsSync, lstatSync, readdirSync } = process.getBuiltinModule('node:fs');

type Disk = typeof import('node:fs');
type Files = typeof import('node:fs/promises');
type Handle = Awaited<ReturnType<Files['open']>>;

/** One effect on a disk, or a look at it, under the path that it really goes to. */
export type Operation =
  | { readonly kind: 'create' | 'open' | 'read' | 'sync' | 'remove'; readonly path: string }
  | { readonly kind: 'directory' | 'truncate'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly bytes: Buffer }
  | { readonly kind: 'mode'; readonly path: string; readonly mode: number }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string };

/** What the tests have to say to each operation. */
export interface DiskWatcher {
  /** Throws to let it fail. */
  before(operation: Operation): void;
  /** It has happened. */
  after(operation: Operation): void;
}

const NOBODY: DiskWatcher = { before: () => undefined, after: () => undefined };

/** disk is what stands between the engine and the files, in tests that mock both modules with what is watched. */
export const disk = { watcher: NOBODY, watchNoMore: () => void (disk.watcher = NOBODY) };

/** As the system tells of a disk that is broken. */
export function brokenDisk({ kind, path }: Operation): Error {
  const error = new Error(`EIO: i/o error, ${kind} '${path}'`);
  return Object.assign(error, { code: 'EIO', errno: -5, syscall: kind, path });
}

function tellAtOnce<T>(operation: Operation, work: () => T): T {
  disk.watcher.before(operation);
  const result = work();
  disk.watcher.after(operation);
  return result;
}

async function tell<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
  disk.watcher.before(operation);
  const result = await work();
  disk.watcher.after(operation);
  return result;
}

/** The paths of what is open, by descriptor. */
const opened = new Map<number, string>();

function pathOf(file: number): string {
  return opened.get(file) ?? `descriptor ${file}`;
}

/** Paths through descriptors lead to where these were opened. */
function real(path: string): string {
  const through = /^\/proc\/self\/fd\/(\d+)(\/.*)?$/.exec(path);
  return through ? join(pathOf(Number(through[1])), through[2] ?? '') : path;
}

function openingOf(path: string, flags: string | number): Operation {
  const creates =
    typeof flags === 'number' ? (flags & constants.O_CREAT) !== 0 : flags.startsWith('w');
  const isNew = creates && !existsSync(path);
  return { kind: isNew ? 'create' : flags === 'w' ? 'truncate' : 'open', path };
}

function afterOpening({ kind, path }: Operation, file: number): void {
  opened.set(file, path);
  const mode = lstatSync(path).mode & 0o7777;
  if (kind === 'create') disk.watcher.after({ kind: 'mode', path, mode });
}

/** watchDisk lets the watcher see what is done through `node:fs`; everything is done for real. */
export function watchDisk(actual: Disk): object {
  return {
    ...actual,
    openSync(path: string, flags: string | number, mode?: number) {
      const opening = openingOf(real(path), flags);
      const file = tellAtOnce(opening, () => actual.openSync(path, flags, mode));
      afterOpening(opening, file);
      return file;
    },
    closeSync(file: number) {
      opened.delete(file);
      actual.closeSync(file);
    },
    readSync: (file: number, ...rest: [Buffer, number, number, number]) =>
      tellAtOnce({ kind: 'read', path: pathOf(file) }, () => actual.readSync(file, ...rest)),
    writeSync(file: number, data: Uint8Array, offset = 0, length = data.length - offset) {
      const bytes = Buffer.from(data.subarray(offset, offset + length));
      return tellAtOnce({ kind: 'write', path: pathOf(file), bytes }, () =>
        actual.writeSync(file, data, offset, length),
      );
    },
    fchmodSync: (file: number, mode: number) =>
      tellAtOnce({ kind: 'mode', path: pathOf(file), mode }, () => actual.fchmodSync(file, mode)),
    fsync(file: number, done: (error?: unknown) => void) {
      const sync = () =>
        new Promise((resolve, reject) => actual.fsync(file, settle(resolve, reject)));
      tell({ kind: 'sync', path: pathOf(file) }, sync).then(() => done(), done);
    },
    renameSync: (from: string, to: string) =>
      tellAtOnce({ kind: 'rename', path: real(from), to: real(to) }, () =>
        actual.renameSync(from, to),
      ),
    unlinkSync: (path: string) =>
      tellAtOnce({ kind: 'remove', path: real(path) }, () => actual.unlinkSync(path)),
  };
}

function settle(resolve: (value: undefined) => void, reject: (error: Error) => void) {
  return (error: Error | null) => (error ? reject(error) : resolve(undefined));
}

/** watchFiles does the same for `node:fs/promises`. */
export function watchFiles(actual: Files): object {
  async function open(path: string, flags: string | number, mode?: number): Promise<Handle> {
    const opening = openingOf(real(path), flags);
    const handle = await tell(opening, () => actual.open(path, flags, mode));
    afterOpening(opening, handle.fd);
    return watchHandle(handle, opening.path);
  }

  return {
    ...actual,
    open,
    async writeFile(
      path: string,
      data: string | Uint8Array,
      { flag = 'w', mode = 0o666 }: { flag?: string; mode?: number } = {},
    ) {
      const handle = await open(path, flag, mode);
      try {
        await handle.writeFile(data);
      } finally {
        await handle.close();
      }
    },
    rename: (from: string, to: string) =>
      tell({ kind: 'rename', path: real(from), to: real(to) }, () => actual.rename(from, to)),
    unlink: (path: string) => tell({ kind: 'remove', path: real(path) }, () => actual.unlink(path)),
    rmdir: (path: string) => tell({ kind: 'remove', path: real(path) }, () => actual.rmdir(path)),
    mkdir(path: string, options?: MakeDirectoryOptions) {
      const place = real(path);
      const make = () => actual.mkdir(path, options);
      return existsSync(place) ? make() : tell({ kind: 'directory', path: place }, make);
    },
    async rm(path: string, options: RmOptions) {
      const place = real(path);
      const gone = existsSync(place) ? removals(place) : [];
      for (const operation of gone) disk.watcher.before(operation);
      await actual.rm(path, options);
      for (const operation of gone) disk.watcher.after(operation);
    },
  };
}

/** Innermost first. */
function removals(path: string): Operation[] {
  const inner = lstatSync(path).isDirectory()
    ? readdirSync(path).flatMap((name) => removals(join(path, name)))
    : [];
  return [...inner, { kind: 'remove', path }];
}

function watchHandle(handle: Handle, path: string): Handle {
  const [close, sync, write] = [
    handle.close.bind(handle),
    handle.sync.bind(handle),
    handle.write.bind(handle),
  ];
  return Object.assign(handle, {
    close() {
      opened.delete(handle.fd);
      return close();
    },
    async writeFile(data: string | Uint8Array) {
      const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data);
      await tell({ kind: 'write', path, bytes }, () => write(bytes));
    },
    sync: () => tell({ kind: 'sync', path }, sync),
  });
}
