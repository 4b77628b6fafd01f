import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RequestHead } from '@spt-flow/shared/agent-protocol/requests';
import { TerminalQuerySchema } from '@spt-flow/shared/api/terminals';
import { AppError } from '@spt-flow/shared/domain/errors';
import { permits, type Scope } from '@spt-flow/shared/domain/roles';
import type { WebSocket } from 'ws';
import type * as z from 'zod';
import type { AgentAnswer, AgentConnections } from '../agents/index.ts';
import type { Audit } from '../../lib/audit.ts';
import type { AccessWatch } from '../../lib/access-watch.ts';
import { correlationIdOf } from '../../lib/correlation.ts';
import { assertScope, auditName, isStillMember, type Principal } from '../../lib/principal.ts';
import type { LiveSession, OpenSessions } from '../sessions/index.ts';
import { createWebSocketAcceptor, pathOf, refuseUpgrade } from '../../lib/upgrade-router.ts';
import { agentTerminalId } from './terminal-id.ts';
import { relayTerminal, sendMessage } from './terminal-relay.ts';
import { watchHeartbeat } from '../../lib/heartbeat.ts';

const PATH = /^\/api\/v1\/workspaces\/([^/]+)\/terminal$/;
/** A pty is started by a process of its own the first time. */
const OPEN_TIMEOUT_MS = 15_000;
/** The shell that a terminal would run, which only the workspace knows; the command follows. */
const USER_SHELL = ['/bin/sh', '-c', 'exec "${SHELL:-/bin/sh}" -c "$1"', 'sh'];

const KINDS = {
  terminal: { name: 'terminal', opened: 'terminal.open', closed: 'terminal.close' },
  follower: { name: 'terminal', opened: 'terminal.follow', closed: 'terminal.unfollow' },
  command: { name: 'command', opened: 'command.open', closed: 'command.close' },
} as const;

const ENDED = 'You may no longer use this workspace';
const CLOSE_POLICY = 1008;
const CLOSE_INTERNAL = 1011;
/** Who is sent away and does not answer is cut off. */
const FAREWELL_MS = 1_000;

export interface TerminalsDeps {
  readonly authenticate: (request: IncomingMessage) => Promise<Principal | undefined>;
  readonly workspaces: {
    find(
      organizationId: string,
      handle: string,
    ): Promise<{ readonly id: string; readonly desiredState: string }>;
    ensureReady(
      workspaceId: string,
      options: { signal: AbortSignal; correlationId: string },
    ): Promise<unknown>;
  };
  readonly agents: Pick<AgentConnections, 'request'>;
  readonly watch: AccessWatch['watch'];
  readonly sessions: Pick<OpenSessions, 'open'>;
  readonly addressOf: (request: IncomingMessage) => string;
  readonly audit: Audit;
  /** A person types in a terminal, or waits for a command. */
  readonly onUse: (workspaceId: string, source: 'terminal' | 'command') => void;
  readonly logger: { error(details: Record<string, unknown>, message: string): void };
}

export interface Terminals {
  matches(request: IncomingMessage): boolean;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

interface Place {
  readonly workspaceId: string;
  readonly terminalId: string;
}

interface Opening {
  readonly principal: Principal;
  readonly handle: string;
  readonly query: z.output<typeof TerminalQuerySchema>;
  readonly correlationId: string;
  readonly address: string;
  /** Once it has begun. */
  session?: LiveSession;
}

/** createTerminals serves the WebSocket of web terminals. Who closes it detaches; the terminal lives on. */
export function createTerminals(deps: TerminalsDeps): Terminals {
  const acceptWebSocket = createWebSocketAcceptor();

  async function accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const principal = await deps.authenticate(request);
    if (!principal) return refuseUpgrade(socket, 401);
    const correlationId = correlationIdOf(request);
    const webSocket = await acceptWebSocket({ request, socket, head });
    if (!webSocket) return;
    webSocket.on('error', () => webSocket.terminate());
    watchHeartbeat(webSocket);
    try {
      const address = deps.addressOf(request);
      const opening: Opening = { principal, correlationId, address, ...readRequest(request) };
      const release = deps.watch({
        organizationId: principal.organizationId,
        isAllowed: async () => mayStay(opening, await deps.authenticate(request)),
        end() {
          opening.session?.because('revoked');
          sendAway(webSocket, new AppError('not_permitted', ENDED), correlationId);
        },
      });
      webSocket.once('close', release);
      await serve(webSocket, opening);
      webSocket.close(1000);
    } catch (error) {
      fail(webSocket, error, correlationId);
    }
  }

  async function serve(socket: WebSocket, opening: Opening): Promise<void> {
    const { principal, correlationId, query } = opening;
    assertScope(principal, neededScope(opening));
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    // What is typed before the terminal is there waits in the browser's connection.
    socket.pause();
    const { id: workspaceId, desiredState } = await deps.workspaces.find(
      principal.organizationId,
      opening.handle,
    );
    // Who had a terminal there connects again by itself, perhaps all night: only a person starts what was stopped.
    if (query.terminalId !== undefined && desiredState !== 'running')
      throw new AppError('workspace_stopped');
    await deps.workspaces.ensureReady(workspaceId, { signal: gone.signal, correlationId });
    const terminalId = query.terminalId ?? randomUUID();
    const { stream } = await deps.agents.request(
      workspaceId,
      requestHead(opening, { workspaceId, terminalId }),
      { signal: gone.signal, timeoutMs: OPEN_TIMEOUT_MS },
    );
    await carry({ socket, stream }, opening, { workspaceId, terminalId });
  }

  async function carry(
    ends: { readonly socket: WebSocket; readonly stream: AgentAnswer['stream'] },
    opening: Opening,
    { workspaceId, terminalId }: Place,
  ): Promise<void> {
    const { query } = opening;
    const { name, opened, closed } = KINDS[kindOf(opening)];
    const detail = { workspaceId, terminalId, ...(query.follow && { owner: query.follow }) };
    const session = await openSession(ends, opening, { workspaceId, terminalId });
    opening.session = session;
    let exitCode: number | undefined;
    try {
      await record(opening, opened, detail);
      ends.socket.resume();
      const onUse = () => deps.onUse(workspaceId, name);
      // Who only looks does not keep the workspace awake.
      if (query.follow === undefined) onUse();
      exitCode = await relayTerminal({
        ...{ ...ends, session, terminalId, tty: query.tty, acks: query.acks, onUse },
        follows: query.follow !== undefined,
      });
      session.because(exitCode === undefined ? 'left' : 'exited');
    } finally {
      session.because('failed');
      await session.close(exitCode);
      await record(opening, closed, { ...detail, exitCode: exitCode ?? null });
    }
  }

  async function openSession(
    { socket, stream }: { readonly socket: WebSocket; readonly stream: AgentAnswer['stream'] },
    opening: Opening,
    place: Place,
  ): Promise<LiveSession> {
    const { principal, correlationId, address, query } = opening;
    const kind = kindOf(opening);
    const tell = (isRecorded: boolean) => sendMessage(socket, { type: 'recording', isRecorded });
    try {
      const session = await deps.sessions.open({
        ...{ principal, correlationId, address, kind, ...place },
        // What a follower sees is in the recording of who uses the terminal.
        ...(kind !== 'follower' && { shows: { cols: query.cols, rows: query.rows } }),
        end: (reason) => sendAway(socket, reason, correlationId),
        onUnrecorded: () => tell(false),
      });
      if (session.recorder) tell(true);
      return session;
    } catch (error) {
      stream.reset('cancelled');
      throw error;
    }
  }

  async function record(
    { principal, correlationId }: Opening,
    action: string,
    detail: { workspaceId: string; [key: string]: string | number | null },
  ): Promise<void> {
    await deps.audit.record({
      organizationId: principal.organizationId,
      principal: auditName(principal),
      action,
      target: `workspace:${detail.workspaceId}`,
      correlationId,
      detail,
    });
  }

  function sendAway(socket: WebSocket, reason: AppError, correlationId: string): void {
    fail(socket, reason, correlationId);
    setTimeout(() => socket.terminate(), FAREWELL_MS).unref();
  }

  function fail(socket: WebSocket, error: unknown, correlationId: string): void {
    if (socket.readyState !== socket.OPEN) return;
    const known =
      error instanceof AppError ? error : new AppError('internal', undefined, { cause: error });
    if (known.family === 'internal')
      deps.logger.error({ err: error, correlationId }, 'terminal failed');
    sendMessage(socket, { type: 'error', code: known.code, message: known.message });
    socket.resume();
    socket.close(known.status === 403 ? CLOSE_POLICY : CLOSE_INTERNAL);
  }

  return {
    matches: (request) => PATH.test(pathOf(request)),
    upgrade(request, socket, head) {
      accept(request, socket, head).catch((error: unknown) => {
        refuseUpgrade(socket, error instanceof AppError ? error.status : 500);
      });
    },
  };
}

function kindOf({ query }: Opening): keyof typeof KINDS {
  if (!query.tty) return 'command';
  return query.follow === undefined ? 'terminal' : 'follower';
}

function neededScope(opening: Opening): Scope {
  return kindOf(opening) === 'follower' ? 'read' : 'write';
}

function mayStay(opening: Opening, now: Principal | undefined): boolean {
  return isStillMember(opening.principal, now) && permits(now.scope, neededScope(opening));
}

function requestHead(
  { principal, query, correlationId }: Opening,
  { workspaceId, terminalId }: { workspaceId: string; terminalId: string },
): RequestHead {
  const { cols, rows, command, tty, history } = query;
  if (!tty && command !== undefined)
    return { method: 'exec', argv: [...USER_SHELL, command], correlationId };
  const userId = query.follow ?? principal.userId;
  return {
    method: 'pty',
    terminalId: agentTerminalId({ userId, workspaceId, terminalId }),
    ...{ cols, rows, command, correlationId, history },
    follow: query.follow !== undefined,
    viewer: principal.userName,
  };
}

function readRequest(request: IncomingMessage): Pick<Opening, 'handle' | 'query'> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const query = TerminalQuerySchema.safeParse(Object.fromEntries(url.searchParams));
  if (!query.success)
    throw new AppError('validation_failed', 'What was asked of the terminal is not valid');
  return { handle: decodeHandle(PATH.exec(url.pathname)?.[1] ?? ''), query: query.data };
}

function decodeHandle(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new AppError('not_found', undefined, { cause });
  }
}
