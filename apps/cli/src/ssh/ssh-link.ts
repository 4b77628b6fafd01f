import type { KeyObject } from 'node:crypto';
import { ApiError } from '@spt-flow/shared/api/client';
import { API_PREFIX } from '@spt-flow/shared/api/common';
import { SSH_SUBPROTOCOL, SshAnswerSchema, type SshRequest } from '@spt-flow/shared/api/ssh';
import { describeError } from '@spt-flow/shared/domain/errors';
import { publicLine } from '@spt-flow/ssh/keys';
import { createTunnel } from '@spt-flow/tunnel/session';
import { TunnelError, type Tunnel, type TunnelStream } from '@spt-flow/tunnel/types';
import { openApiTunnel, type ClientOptions } from '../api/api-socket.ts';

const MAX_STREAM_WINDOW_BYTES = 4 * 1024 * 1024;

/** SshLink is the way to an SSH server in the workspace, for one connection of ssh. */
export interface SshLink {
  readonly stream: TunnelStream;
  readonly user: string;
  readonly certificate: string;
  close(): void;
}

/** openSshLink resolves once the workspace is ready to talk; ApiError when it refuses. */
export async function openSshLink(
  connection: ClientOptions,
  { handle, interactive, key }: { handle: string; interactive: boolean; key: KeyObject },
): Promise<SshLink> {
  const tunnel = createTunnel({
    transport: await openApiTunnel(connection, `${API_PREFIX}/workspaces/${handle}/ssh`, {
      query: { interactive: String(interactive) },
      protocol: SSH_SUBPROTOCOL,
      isSealed: true,
    }),
    role: 'client',
    maxStreamWindowBytes: MAX_STREAM_WINDOW_BYTES,
  });
  const request: SshRequest = { publicKey: publicLine(key) };
  const stream = tunnel.open(request);
  stream.on('error', () => undefined);
  const answer = SshAnswerSchema.parse(await answerOf(stream, tunnel));
  const close = () => tunnel.close('client_left');
  if (answer.ok) return { ...answer, stream, close };
  close();
  const { code, message } = answer;
  throw new ApiError(message, { code, status: describeError(code).status, correlationId: '' });
}

async function answerOf(stream: TunnelStream, tunnel: Tunnel): Promise<unknown> {
  try {
    return await stream.response;
  } catch (cause) {
    tunnel.close('client_left');
    const code =
      cause instanceof TunnelError && cause.code === 'timeout' ? 'agent_timeout' : 'unreachable';
    throw new ApiError(describeError(code).what, { code, status: 0, correlationId: '', cause });
  }
}
