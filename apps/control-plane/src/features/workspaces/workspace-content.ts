import { TextDecoder } from 'node:util';
import {
  FileHeadSchema,
  FileListSchema,
  type RequestHead,
} from '@spt-flow/shared/agent-protocol/requests';
import type { FileEntrySchema } from '@spt-flow/shared/api/workspaces';
import { AppError } from '@spt-flow/shared/domain/errors';
import type * as z from 'zod';
import { readAll, runInWorkspace, type AgentConnections } from '../agents/index.ts';

const MAX_LISTED_FILES = 10_000;
/** Nobody else is served while it is read. */
const MAX_LIST_BYTES = 8 * 1024 * 1024;
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_OUTPUT_BYTES = 1024 * 1024;
const LIST_TIMEOUT_MS = 20_000;

type FileEntry = z.infer<typeof FileEntrySchema>;

export interface WorkspaceContent {
  files(
    workspaceId: string,
    correlationId: string,
    options?: { readonly hashes: boolean },
  ): Promise<{ items: FileEntry[]; truncated: boolean }>;
  file(
    workspaceId: string,
    path: string,
    correlationId: string,
  ): Promise<{ path: string; size: number; text: string | null; sha256: string }>;
  exec(
    workspaceId: string,
    command: {
      command: string;
      timeoutSeconds: number;
      correlationId: string;
      signal?: AbortSignal;
    },
  ): Promise<{ exitCode: number; stdout: string; stderr: string; truncated: boolean }>;
}

/** createWorkspaceContent answers questions about a running workspace by asking its agent. */
export function createWorkspaceContent(agents: AgentConnections): WorkspaceContent {
  return {
    async files(workspaceId, correlationId, { hashes } = { hashes: false }) {
      const head: RequestHead = {
        method: 'files.list',
        path: '',
        limit: MAX_LISTED_FILES,
        hashes,
        correlationId,
      };
      const { stream } = await agents.request(workspaceId, head, { timeoutMs: LIST_TIMEOUT_MS });
      stream.end();
      const { entries, truncated } = FileListSchema.parse(
        JSON.parse((await readAll(stream, MAX_LIST_BYTES)).toString()),
      );
      return { items: entries, truncated };
    },

    async file(workspaceId, path, correlationId) {
      const { stream, data } = await agents.request(workspaceId, {
        method: 'files.read',
        path,
        maxBytes: MAX_FILE_BYTES,
        correlationId,
      });
      stream.end();
      const { size, sha256 } = FileHeadSchema.parse(data);
      return { path, size, sha256, text: textOf(await readAll(stream, MAX_FILE_BYTES)) };
    },

    async exec(workspaceId, { command, timeoutSeconds, correlationId, signal }) {
      const outcome = await runInWorkspace(agents, workspaceId, {
        argv: ['/bin/sh', '-c', command],
        timeoutMs: timeoutSeconds * 1000,
        maxBytes: MAX_OUTPUT_BYTES,
        correlationId,
        signal,
      });
      if (outcome.timedOut)
        throw new AppError(
          'agent_timeout',
          `The command did not end within ${timeoutSeconds} seconds and was ended`,
        );
      const { exitCode, stdout, stderr, truncated } = outcome;
      return { exitCode, stdout: stdout.toString(), stderr: stderr.toString(), truncated };
    },
  };
}

/** Null for what is not text. */
function textOf(bytes: Buffer): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Bytes that are no UTF-8 are no text for a page or a model.
    return null;
  }
}
