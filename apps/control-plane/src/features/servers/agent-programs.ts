import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

/** AgentProgram is a file that a machine may fetch to run the agent. */
export interface AgentProgram {
  readonly name: string;
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface AgentPrograms {
  /** As they are now: a build beside the running control plane is noticed. */
  list(): Promise<AgentProgram[]>;
  find(name: string): Promise<AgentProgram | undefined>;
}

const EXECUTABLE = /^spt-flow-agent-(linux|darwin)-(x64|arm64)(-musl)?$/;

/** Of JavaScript alone, and so for all platforms. */
const BUNDLE = new Set(['agent.cjs', 'parsers.cjs']);

/** createAgentPrograms offers what the build of the agent has left: executables, and its bundle for Node.js. */
export function createAgentPrograms(
  directory: string,
  platform = `${process.platform}-${process.arch}`,
): AgentPrograms {
  const hashes = new Map<string, string>();

  /** A build without a target is for the machine that it was built on. */
  function nameOf(file: string): string | undefined {
    if (BUNDLE.has(file) || EXECUTABLE.test(file)) return file;
    if (file === 'spt-flow-agent') return `${file}-${platform}`;
    return file === 'pty.node' ? `pty-${platform}.node` : undefined;
  }

  async function describe(file: string, name: string): Promise<AgentProgram> {
    const { size: sizeBytes, mtimeMs } = await stat(file);
    const version = `${file}:${sizeBytes}:${mtimeMs}`;
    const sha256 = hashes.get(version) ?? (await hashOf(file));
    hashes.set(version, sha256);
    return { name, file, sizeBytes, sha256 };
  }

  async function list(): Promise<AgentProgram[]> {
    const files = (await readdir(directory)).toSorted();
    const found = files.flatMap((file) => {
      const name = nameOf(file);
      return name === undefined ? [] : [describe(path.join(directory, file), name)];
    });
    return Promise.all(found);
  }

  return {
    list,
    find: async (name) => (await list()).find((program) => program.name === name),
  };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
