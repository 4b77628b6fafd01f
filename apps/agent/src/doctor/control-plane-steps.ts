import { AnswerSchema } from '@spt-flow/shared/agent-protocol/server-join';
import { AGENT_CONNECT_PATH, AGENT_SUBPROTOCOL } from '@spt-flow/shared/agent-protocol/handshake';
import { TunnelError } from '@spt-flow/tunnel/types';
import { connectWebSocket } from '@spt-flow/tunnel/websocket/client';
import type { Connection } from '@spt-flow/tunnel/connection';
import * as z from 'zod/mini';
import { requestHttp } from '../connection/http-request.ts';
import type { Link } from '../connection/link.ts';
import { messageOf } from '../system/errors.ts';
import { connectionTrouble } from './dial-trouble.ts';
import { linkOf, type Examined } from './examined.ts';
import { checkIdentity } from './identity-step.ts';
import { Trouble, type Finding, type Step } from './step.ts';

const VERSION_PATH = '/api/v1/version';
const TIMEOUT_MS = 10_000;
/** Beyond this, certificates and the times in logs stop making sense. */
const MAX_CLOCK_OFFSET_MS = 60_000;

const VersionSchema = z.object({ version: z.string().check(z.maxLength(100)) });

/** Whether it is a control plane, and the right one. */
export function controlPlaneSteps(examined: Examined): Step[] {
  return [
    { name: 'control-plane', needs: ['tls'], run: () => askVersion(examined) },
    { name: 'clock', needs: ['control-plane'], run: () => compareClocks(examined) },
    { name: 'websocket', needs: ['control-plane'], run: () => openWebSocket(linkOf(examined)) },
    { name: 'identity', needs: ['websocket'], run: () => checkIdentity(examined, connectAgent) },
  ];
}

async function askVersion(examined: Examined): Promise<Finding> {
  const link = linkOf(examined);
  const sentMs = Date.now();
  const http = await requestHttp(link, { path: VERSION_PATH }).catch((error: unknown) => {
    throw connectionTrouble(error, link.url.origin);
  });
  examined.answer = { http, sentMs, receivedMs: Date.now() };
  const version = versionOf(http.body);
  if (version !== undefined) return { detail: `spt-flow ${version}` };
  throw new Trouble(
    `${link.url.origin} answers (status ${http.status}), but is no spt-flow`,
    'Check the address: it is the one where the dashboard opens. If it is right, ask whoever runs the proxy in front of it to pass all paths on',
  );
}

function versionOf(body: string): string | undefined {
  try {
    const answer = AnswerSchema.parse(JSON.parse(body));
    return answer.success ? VersionSchema.parse(answer.data).version : undefined;
  } catch {
    // Whatever it is, it is none of ours.
    return undefined;
  }
}

async function compareClocks({ answer }: Examined): Promise<Finding> {
  const serverMs = Date.parse(answer?.http.headers.get('date') ?? '');
  if (!answer || Number.isNaN(serverMs))
    return { detail: 'the answer has no date', isSkipped: true };
  // The header names whole seconds, cut off.
  const offsetMs = (answer.sentMs + answer.receivedMs) / 2 - (serverMs + 500);
  const seconds = Math.round(Math.abs(offsetMs) / 1_000);
  if (Math.abs(offsetMs) <= MAX_CLOCK_OFFSET_MS) {
    return { detail: seconds < 2 ? 'as at the control plane' : `${seconds} s off` };
  }
  const direction = offsetMs > 0 ? 'ahead of' : 'behind';
  throw new Trouble(
    `The clock of this machine is ${seconds} s ${direction} the control plane`,
    'Set it: `timedatectl set-ntp true`, and `timedatectl` tells whether it is synchronized. If this one is right, the clock of the control plane is wrong',
  );
}

async function openWebSocket(link: Link): Promise<Finding> {
  try {
    const connection = await connectAgent(link);
    connection.close('doctor');
    return { detail: `${AGENT_CONNECT_PATH} takes agents` };
  } catch (error) {
    const status = error instanceof TunnelError && /^http_(\d+)$/.exec(error.code)?.[1];
    throw new Trouble(
      `The WebSocket is refused: ${status ? `status ${status}` : messageOf(error)}`,
      `A proxy in front of the control plane must pass the upgrade to WebSocket on for ${AGENT_CONNECT_PATH} (headers Upgrade and Connection, HTTP/1.1)`,
      { cause: error },
    );
  }
}

function connectAgent({ url, dial, ca, proxy }: Link): Promise<Connection> {
  const target = new URL(AGENT_CONNECT_PATH, url);
  target.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const { href } = target;
  return connectWebSocket({
    ...{ dial, url: href, ca, proxy, protocol: AGENT_SUBPROTOCOL, timeoutMs: TIMEOUT_MS },
  });
}
