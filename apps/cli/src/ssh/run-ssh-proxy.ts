import { once } from 'node:events';
import { ApiError } from '@spt-flow/shared/api/client';
import { generateKey } from '@spt-flow/ssh/keys';
import { countReads } from '@spt-flow/tunnel/young-collections';
import type { Context } from '../context.ts';
import { ensureRunning } from '../steps/ensure-running.ts';
import { CliError, EXIT } from '../core/errors.ts';
import { plain } from '../core/text.ts';
import { openAgentSocket } from './agent-socket.ts';
import { rememberUser } from './config-files.ts';
import { handleOf, hostNameOf } from './host-name.ts';
import { createKeyAgent, upstreamOf, type KeyAgent } from './key-agent.ts';
import { openSshLink, type SshLink } from './ssh-link.ts';

interface ProxyOptions {
  readonly host: string;
  readonly agentSocket: string;
  readonly user: string | undefined;
}

/** runSshProxy carries one connection of ssh to its workspace, and serves the key that opens it. */
export async function runSshProxy(context: Context, options: ProxyOptions): Promise<void> {
  const { io } = context;
  const handle = handleOf(options.host);
  const key = generateKey();
  const connection = await context.connection();
  // Editors connect again by themselves, perhaps all night; a person sits before a terminal.
  const interactive = io.stderr.isTTY === true;
  const connect = () => openSshLink(connection, { handle, interactive, key });
  const link = await connect().catch(async (error: unknown) => {
    if (!interactive || !isStopped(error)) throw error;
    await ensureRunning(context, await context.client(), handle);
    return connect();
  });
  try {
    if (options.user !== undefined && options.user !== link.user)
      throw await wrongUser(context, { handle, user: link.user });
    await carry(context, { link, options, key });
  } finally {
    link.close();
  }
}

async function carry(
  { io }: Context,
  { link, options, key }: { link: SshLink; options: ProxyOptions; key: KeyAgent['key'] },
): Promise<void> {
  const { stream, certificate } = link;
  const upstream = upstreamOf(io.env, options.agentSocket);
  // Before the first byte, since ssh asks for the key as soon as it has got some.
  const serveKey = createKeyAgent({ key, certificate, upstream });
  const socket = await openAgentSocket(options.agentSocket, serveKey);
  try {
    countReads(io.stdin);
    io.stdin.pipe(stream);
    stream.pipe(io.stdout, { end: false });
    if (!stream.destroyed) await once(stream, 'close');
    if (!stream.readableEnded && !io.signal.aborted) throw lost(options.host);
  } finally {
    socket.close();
    io.stdin.unpipe(stream);
    io.stdin.pause();
    await socket.served();
  }
}

function isStopped(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'workspace_stopped';
}

/** ssh has to know before it asks us, so that it can only be right the next time. */
async function wrongUser(
  { io }: Context,
  { handle, user }: { handle: string; user: string },
): Promise<CliError> {
  const host = hostNameOf(handle);
  const isNoted = await rememberUser(io, { host, user });
  return new CliError({
    what: `The account of the workspace is '${plain(user)}'`,
    ...(isNoted && { safe: 'ssh knows it from now on' }),
    command: isNoted ? `ssh ${host}` : `ssh ${user}@${host}`,
    exitCode: EXIT.failure,
  });
}

function lost(host: string): CliError {
  return new CliError({
    what: 'The connection to the workspace was lost',
    safe: 'What runs in the workspace goes on',
    command: `ssh ${plain(host)}`,
    exitCode: EXIT.unreachable,
  });
}
