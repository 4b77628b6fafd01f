import { randomUUID } from 'node:crypto';
import { SshRequestSchema, type SshAnswer } from '@spt-flow/shared/api/ssh';
import { AppError } from '@spt-flow/shared/domain/errors';
import { joinStreams } from '@spt-flow/tunnel/join-streams';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import type { Clock } from '../../lib/clock.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import { toAppError, type AgentConnections } from '../agents/index.ts';
import type { LiveSession, OpenSessions } from '../sessions/index.ts';
import { principalOf, type SshCertificates } from './ssh-certificates.ts';
import type { SshHosts } from './ssh-hosts.ts';
import { createUseMeter } from './use-meter.ts';

/** sshd reads its keys before it answers, on machines that are busy. */
const START_TIMEOUT_MS = 15_000;

export interface SshSessionDeps {
  readonly hosts: Pick<SshHosts, 'find'>;
  readonly certificates: Pick<SshCertificates, 'issue'>;
  readonly agents: Pick<AgentConnections, 'request'>;
  readonly sessions: OpenSessions;
  readonly clock: Pick<Clock, 'now'>;
  readonly record: (action: 'ssh.open' | 'ssh.close', entry: SshAuditEntry) => Promise<void>;
  /** A person works in the workspace. */
  readonly onUse: (workspaceId: string, source: 'ssh') => void;
  readonly onError: (error: unknown) => void;
}

export interface SshAuditEntry {
  readonly workspaceId: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface SshCaller {
  readonly principal: Principal;
  readonly handle: string;
  readonly correlationId: string;
  readonly interactive: boolean;
  /** Where the connection comes from. */
  readonly address: string;
  /** Sends the client away. */
  readonly end: (reason: AppError) => void;
  /** Once it has begun. */
  session?: LiveSession;
}

/** serveSsh gives the stream of a client to an SSH server in the workspace; resolves when it is over. */
export async function serveSsh(
  deps: SshSessionDeps,
  { caller, stream }: { caller: SshCaller; stream: TunnelStream },
): Promise<void> {
  stream.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => stream.once('close', () => resolve()));
  try {
    const entry = await open(deps, { caller, stream });
    await ended;
    await caller.session?.close();
    await deps.record('ssh.close', entry).catch(deps.onError);
  } catch (error) {
    refuse(stream, toAppError(error), deps.onError);
    caller.session?.because('failed');
    await caller.session?.close();
    await ended;
  }
}

async function open(
  deps: SshSessionDeps,
  { caller, stream }: { caller: SshCaller; stream: TunnelStream },
): Promise<SshAuditEntry> {
  const { principal, correlationId, interactive } = caller;
  const request = SshRequestSchema.safeParse(stream.head);
  if (!request.success) throw new AppError('validation_failed');
  const signal = untilClosed(stream);
  const [{ workspace, host }] = await Promise.all([
    deps.hosts.find({ ...caller, signal }),
    deps.sessions.admitUnrecorded(principal.organizationId),
  ]);
  const id = randomUUID();
  const certificates = await deps.certificates.issue({
    ...{ workspace, user: host.user, hostKey: host.publicKey },
    userKey: request.data.publicKey,
    keyId: `${auditName(principal)} session:${id}`,
  });
  const entry = {
    workspaceId: workspace.id,
    detail: {
      sessionId: id,
      serial: String(certificates.serial),
      user: host.user,
      from: caller.address,
    },
  };
  const answer = await deps.agents.request(
    workspace.id,
    {
      method: 'ssh',
      hostCertificate: certificates.host,
      userAuthority: certificates.userAuthority,
      principal: principalOf({ user: host.user, workspace }),
      correlationId,
    },
    { signal, timeoutMs: START_TIMEOUT_MS },
  );
  signal.throwIfAborted();
  const session = await deps.sessions.open({
    ...{ id, ...caller, workspaceId: workspace.id, kind: 'ssh' },
    certificateUntil: certificates.until,
  });
  caller.session = session;
  await deps.record('ssh.open', entry);
  if (stream.destroyed) return entry;
  const onUse = () => deps.onUse(workspace.id, 'ssh');
  if (interactive) onUse();
  const meter = createUseMeter({ interactive, clock: deps.clock, onUse });
  stream.on('data', (chunk: Buffer) => {
    session.bytesIn += chunk.length;
    meter(chunk.length);
  });
  answer.stream.on('data', (chunk: Buffer) => void (session.bytesOut += chunk.length));
  answer.stream.once('close', () => {
    if (answer.stream.errored && !stream.destroyed) session.because('failed');
  });
  stream.respond({
    ok: true,
    user: host.user,
    certificate: certificates.user,
  } satisfies SshAnswer);
  joinStreams(stream, answer.stream);
  return entry;
}

function refuse(stream: TunnelStream, error: AppError, onError: (error: unknown) => void): void {
  if (stream.destroyed) return;
  if (error.family === 'internal') onError(error);
  const { code, message } = error;
  stream.respond({ ok: false, code, message } satisfies SshAnswer);
  stream.end();
  stream.resume();
}

/** Ends what was asked of the agent when the client no longer wants it. */
function untilClosed(stream: TunnelStream): AbortSignal {
  const controller = new AbortController();
  stream.once('close', () => controller.abort());
  if (stream.destroyed) controller.abort();
  return controller.signal;
}
