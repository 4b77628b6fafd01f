import { existsSync } from 'node:fs';
import path from 'node:path';

/** Directories that a workspace sees whole and read-only. */
const SYSTEM_DIRECTORIES = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/opt',
  '/nix',
  '/snap',
];

/** Tool managers keep programs and what they need in these directories of the home; none holds credentials. */
const HOME_TOOLCHAINS = [
  '.pyenv',
  '.rbenv',
  '.nodenv',
  '.goenv',
  '.jenv',
  '.nvm/versions',
  '.local/share/fnm',
  '.volta',
  '.asdf',
  '.local/share/mise',
  '.local/share/uv/python',
  '.sdkman/candidates',
  '.rustup',
  '.bun/bin',
  '.deno/bin',
  '.linuxbrew',
];

export interface Toolchains {
  /** PATH inside the workspace. */
  readonly path: string;
  /** Directories and files to show read-only, besides the system's. */
  readonly readOnly: readonly string[];
}

export interface ToolchainSource {
  readonly path: string;
  readonly homeDirectory: string;
  /** The Node.js that runs the agent. */
  readonly nodePath: string;
  readonly exists?: (file: string) => boolean;
}

/**
 * findToolchains decides which directories outside of the system's a workspace may see, so that tools that work for
 * the person who started the control plane work in workspaces too. Of a home directory it shows only what is known
 * to hold programs.
 */
export function findToolchains(source: ToolchainSource): Toolchains {
  const exists = source.exists ?? existsSync;
  const entries = unique(source.path.split(':')).filter(
    (entry) => isToolDirectory(entry) && exists(entry),
  );
  const shown = entries
    .filter((entry) => !isSystem(entry))
    .map((entry) => shownFor(entry, source.homeDirectory));
  const managers = entries.some((entry) => entry.endsWith('/.cargo/bin'))
    ? [path.join(source.homeDirectory, '.rustup')]
    : [];
  const all = [...shown, ...managers, ...nodeFiles(source.nodePath, source.homeDirectory, exists)];
  const permitted = unique(all).filter(
    (entry) => exists(entry) && !isHomeOrAbove(entry, source.homeDirectory),
  );
  return { path: entries.join(':'), readOnly: withoutNested(permitted) };
}

export function isSystem(file: string): boolean {
  return SYSTEM_DIRECTORIES.some((directory) => isWithin(file, directory));
}

export function isWithin(file: string, directory: string): boolean {
  return (
    file === directory || file.startsWith(directory.endsWith('/') ? directory : `${directory}/`)
  );
}

/** Relative entries and those that package managers add for the control plane's own scripts have no meaning inside. */
function isToolDirectory(entry: string): boolean {
  return (
    path.isAbsolute(entry) && path.normalize(entry) === entry && !entry.includes('/node_modules/')
  );
}

function shownFor(entry: string, homeDirectory: string): string {
  const toolchain = HOME_TOOLCHAINS.map((name) => path.join(homeDirectory, name)).find(
    (directory) => isWithin(entry, directory),
  );
  return toolchain ?? entry;
}

/** npm lies beside node: `<prefix>/bin/node`, `<prefix>/lib/node_modules`. */
function nodeFiles(
  nodePath: string,
  homeDirectory: string,
  exists: (file: string) => boolean,
): string[] {
  if (isSystem(nodePath)) return [];
  const prefix = path.dirname(path.dirname(nodePath));
  if (isHomeOrAbove(prefix, homeDirectory)) return [nodePath];
  const modules = path.join(prefix, 'lib', 'node_modules');
  return exists(path.join(modules, 'npm')) ? [path.dirname(nodePath), modules] : [nodePath];
}

function isHomeOrAbove(directory: string, homeDirectory: string): boolean {
  return isWithin(homeDirectory, directory);
}

function withoutNested(directories: readonly string[]): string[] {
  return directories.filter(
    (inner) => !directories.some((outer) => outer !== inner && isWithin(inner, outer)),
  );
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
