import { createHash } from 'node:crypto';
import { FileHeadSchema, FileListSchema } from '@spt-flow/shared/agent-protocol/requests';
import { AppError } from '@spt-flow/shared/domain/errors';
import { readAll, type AgentConnections } from '../agents/index.ts';

/** As large as an edit may be: what is larger is not kept for diff and undo. */
const MAX_TEXT_BYTES = 1_000_000;
const MAX_LIST_BYTES = 1_000_000;
const ROOT_ENTRIES = 500;
const OWNER_RUNS = 0o100;
const NOT_KEPT: CurrentFile = { sha256: undefined, text: null, executable: undefined };

/** A file as it is now. `text` is null when it is binary or too large to keep. */
export interface CurrentFile {
  readonly sha256: string | undefined;
  readonly text: string | null;
  /** Undefined when that is not known. */
  readonly executable: boolean | undefined;
}

export interface WorkspaceFiles {
  /** Undefined when there is no such file. */
  read(path: string): Promise<CurrentFile | undefined>;
  /** Names in the project's directory itself. */
  rootNames(): Promise<string[]>;
}

export function createWorkspaceFiles(
  agents: Pick<AgentConnections, 'request'>,
  workspaceId: string,
): WorkspaceFiles {
  return {
    async read(path) {
      try {
        const { stream, data } = await agents.request(workspaceId, {
          method: 'files.read',
          path,
          maxBytes: MAX_TEXT_BYTES,
        });
        const { mode } = FileHeadSchema.parse(data);
        return describe(await readAll(stream, MAX_TEXT_BYTES), (mode & OWNER_RUNS) !== 0);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        if (error.code === 'not_found') return undefined;
        if (error.code === 'body_too_large') return NOT_KEPT;
        throw error;
      }
    },

    async rootNames() {
      const { stream } = await agents.request(workspaceId, {
        method: 'files.list',
        path: '',
        limit: ROOT_ENTRIES,
      });
      const body = await readAll(stream, MAX_LIST_BYTES);
      const { entries } = FileListSchema.parse(JSON.parse(body.toString()));
      return entries.map(({ path }) => path);
    },
  };
}

/** rememberReads asks for each file once, so that all that is made of it is made of the same content. */
export function rememberReads(files: WorkspaceFiles): WorkspaceFiles {
  const known = new Map<string, Promise<CurrentFile | undefined>>();
  return {
    rootNames: files.rootNames,
    read(path) {
      const reading = known.get(path) ?? files.read(path);
      known.set(path, reading);
      return reading;
    },
  };
}

function describe(bytes: Buffer, executable: boolean): CurrentFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { sha256, text: textOf(bytes), executable };
}

function textOf(bytes: Buffer): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Not UTF-8, so not a text that could be shown or restored from the database.
    return null;
  }
}
