import { createHash } from 'node:crypto';
import { FileListSchema } from '@spt-flow/shared/agent-protocol/requests';
import { AppError } from '@spt-flow/shared/domain/errors';
import { readAll, type AgentConnections } from '../agents/index.ts';

/** As large as an edit may be: what is larger is not kept for diff and undo. */
const MAX_TEXT_BYTES = 1_000_000;
const MAX_LIST_BYTES = 1_000_000;
const ROOT_ENTRIES = 500;

/** A file as it is now. `text` is null when it is binary or too large to keep. */
export interface CurrentFile {
  readonly sha256: string | undefined;
  readonly text: string | null;
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
        const { stream } = await agents.request(workspaceId, {
          method: 'files.read',
          path,
          maxBytes: MAX_TEXT_BYTES,
        });
        return describe(await readAll(stream, MAX_TEXT_BYTES));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        if (error.code === 'not_found') return undefined;
        if (error.code === 'body_too_large') return { sha256: undefined, text: null };
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

function describe(bytes: Buffer): CurrentFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { sha256, text: textOf(bytes) };
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
