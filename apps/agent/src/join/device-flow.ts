import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JoinDetails } from '@spt-flow/config/join-string';
import {
  AnswerSchema,
  JoinResultSchema,
  SERVER_JOIN_RESULT_PATH,
  SERVER_JOINS_PATH,
  type StartedJoin,
  StartedJoinSchema,
} from '@spt-flow/shared/agent-protocol/server-join';
import { hashJoinToken } from '@spt-flow/tunnel/handshake/crypto';
import { requestHttp } from '../connection/http-request.ts';
import type { Link } from '../connection/link.ts';
import { describeMachine } from '../connection/machine.ts';
import { FailureError } from '../console/command.ts';
import type { Terminal } from '../console/terminal.ts';
import { messageOf } from '../system/errors.ts';

/** RFC 8628, section 3.5. */
const SLOWER_MS = 5_000;
const MAX_DELAY_MS = 30_000;

export interface Asker {
  readonly link: Link;
  /** Of the key that this machine will prove: the approval is for no other. */
  readonly keyId: string;
  /** The control plane's key, when somebody has said it. */
  readonly serverKey: string | undefined;
  readonly terminal: Terminal;
}

/**
 * Asks to join and waits until a person has decided (RFC 8628). The token is made here and only its hash is sent, so
 * that the answer gives nothing to whoever listens.
 */
export async function askToJoin(asker: Asker): Promise<JoinDetails & { readonly name: string }> {
  const { link, terminal } = asker;
  const token = `sptf_join_${randomBytes(32).toString('base64url')}`;
  const machine = await introduce(asker.keyId);
  const question = { ...machine, tokenHash: hashJoinToken(token) };
  const started = StartedJoinSchema.parse(unwrap(await ask(link, SERVER_JOINS_PATH, question)));
  const { serverKey, channelBinding } = started;
  refuseOtherKey(asker, started);
  terminal.tell(invitation(machine, started));
  const { name } = await waitForDecision(link, started, terminal);
  await compareKeys(asker, started);
  return { url: link.url.origin, serverKey, channelBinding, token, name };
}

async function introduce(keyId: string) {
  const { machineFingerprint, agentVersion } = await describeMachine();
  const platform = `${process.platform}-${process.arch}`;
  return { machineName: hostname(), platform, keyId, machineFingerprint, agentVersion };
}

function invitation(
  { machineName, machineFingerprint, keyId }: Awaited<ReturnType<typeof introduce>>,
  { userCode, verificationUrl, serverKey, expiresInSeconds }: StartedJoin,
): string {
  return `
Open    ${verificationUrl}
Code    ${userCode}

Whoever approves it sees the following; compare before you approve:
  this machine        ${machineName}
  its fingerprint     ${machineFingerprint}
  its key             ${keyId}
  the control plane   ${serverKey}

Waiting for the approval, for ${Math.round(expiresInSeconds / 60)} minutes …`;
}

async function waitForDecision(
  link: Link,
  { deviceCode, intervalSeconds, expiresInSeconds }: StartedJoin,
  terminal: Terminal,
): Promise<{ name: string }> {
  const endsMs = performance.now() + expiresInSeconds * 1_000;
  let intervalMs = intervalSeconds * 1_000;
  let delayMs = intervalMs;
  while (performance.now() < endsMs) {
    await sleep(delayMs);
    const decision = await poll(link, deviceCode);
    if (decision.outcome === 'joined') return decision;
    if (decision.outcome === 'slower') intervalMs += SLOWER_MS;
    if (decision.outcome === 'lost') {
      terminal.tell(`The control plane does not answer (${decision.reason}), trying again …`);
      delayMs = Math.min(delayMs * 2, MAX_DELAY_MS);
    } else delayMs = intervalMs;
  }
  throw new FailureError('Nobody has approved this machine in time: run the command again');
}

type Decision =
  | { readonly outcome: 'joined'; readonly name: string }
  | { readonly outcome: 'waiting' | 'slower' }
  | { readonly outcome: 'lost'; readonly reason: string };

async function poll(link: Link, deviceCode: string): Promise<Decision> {
  let answer: Answer;
  try {
    answer = await ask(link, SERVER_JOIN_RESULT_PATH, { deviceCode });
  } catch (error) {
    return { outcome: 'lost', reason: messageOf(error) };
  }
  if (!answer.success && answer.error.code === 'join_pending') return { outcome: 'waiting' };
  const isTooOften = !answer.success && ['slow_down', 'rate_limited'].includes(answer.error.code);
  if (isTooOften) return { outcome: 'slower' };
  return { outcome: 'joined', name: JoinResultSchema.parse(unwrap(answer)).name };
}

type Answer = ReturnType<typeof AnswerSchema.parse>;

/** Throws when there is no answer, or one that is not the control plane's. */
async function ask(link: Link, path: string, body: object): Promise<Answer> {
  const http = await requestHttp(link, { path, body });
  try {
    return AnswerSchema.parse(JSON.parse(http.body));
  } catch (cause) {
    throw new FailureError(
      `${link.url.origin} answers with status ${http.status}, and not as spt-flow`,
      { cause },
    );
  }
}

function unwrap(answer: Answer): unknown {
  if (answer.success) return answer.data;
  throw new FailureError(answer.error.message);
}

function refuseOtherKey({ serverKey }: Asker, started: StartedJoin): void {
  if (serverKey === undefined || serverKey === started.serverKey) return;
  throw new FailureError(
    `The control plane has the key ${started.serverKey}, and not the one that was given: nothing was done`,
  );
}

/** A certificate vouches for the control plane; without TLS the person has to. */
async function compareKeys(
  { link, serverKey, terminal }: Asker,
  started: StartedJoin,
): Promise<void> {
  if (link.url.protocol === 'https:' || serverKey !== undefined) return;
  if (!terminal.isInteractive) {
    throw new FailureError(
      `Without TLS give the control plane's key: --server-key=${started.serverKey}`,
    );
  }
  terminal.tell(`\nThe control plane's key is ${started.serverKey}`);
  const answer = await terminal.ask('Does the page show the very same? [yes/no]');
  if (answer !== 'yes') throw new FailureError('The keys were not confirmed: nothing was done');
}
