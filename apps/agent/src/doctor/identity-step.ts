import { randomBytes, randomUUID } from 'node:crypto';
import {
  ChallengeSchema,
  RefusedSchema,
  WelcomeSchema,
} from '@spt-flow/shared/agent-protocol/handshake';
import { runAgentHandshake } from '@spt-flow/tunnel/handshake/agent';
import { generateSigningKey, keyIdOf } from '@spt-flow/tunnel/handshake/crypto';
import { HandshakeRefusedError, type Challenge } from '@spt-flow/tunnel/handshake/messages';
import { createMessagePort } from '@spt-flow/tunnel/message-port';
import { TunnelError } from '@spt-flow/tunnel/types';
import { authorityOf } from '@spt-flow/tunnel/websocket/client';
import type { Connection } from '@spt-flow/tunnel/connection';
import type { Link } from '../connection/link.ts';
import { describeMachine } from '../connection/machine.ts';
import { messageOf } from '../system/errors.ts';
import { linkOf, subjectOf, type Examined, type Subject } from './examined.ts';
import { Trouble, type Finding } from './step.ts';

const OTHER_KEY =
  'Do not go on before you know why: another control plane may answer at this address. If spt-flow was set up anew there, join again with a new code';
const OTHER_HOST =
  'A proxy in front of the control plane must keep the Host header, and --public-url of the control plane must be this address';

/**
 * Has the control plane prove its key to a stranger with a token that nobody has made: it proves itself before it looks
 * at the token, and neither the true token nor the connection of the running agent is touched.
 */
export async function checkIdentity(
  examined: Examined,
  connect: (link: Link) => Promise<Connection>,
): Promise<Finding> {
  const link = linkOf(examined);
  const { serverKey, channelBinding } = subjectOf(examined);
  const connection = await connect(link);
  const shown: { challenge?: Challenge } = {};
  try {
    await greet(connection, { link, serverKey, channelBinding, shown });
  } catch (error) {
    if (isProof(error)) return { detail: describeKey(shown.challenge, serverKey) };
    throw identityTrouble(error, shown.challenge, serverKey);
  } finally {
    connection.close('doctor');
  }
  throw new Trouble('The control plane took a token that nobody has made', OTHER_KEY);
}

interface Greeting extends Pick<Subject, 'serverKey' | 'channelBinding'> {
  readonly link: Link;
  readonly shown: { challenge?: Challenge };
}

async function greet(
  connection: Connection,
  { link, serverKey, channelBinding, shown }: Greeting,
): Promise<void> {
  const port = createMessagePort(connection);
  connection.onClose((reason) => port.closed(reason));
  await runAgentHandshake({
    port,
    parse: {
      challenge: (value) => (shown.challenge = ChallengeSchema.parse(value)),
      welcome: (value) => WelcomeSchema.parse(value),
      refused: (value) => RefusedSchema.parse(value),
    },
    runtime: {
      ...{ wallMs: Date.now, monotonicMs: () => performance.now() },
      ...{ randomBytes, randomUuid: randomUUID },
    },
    key: generateSigningKey(),
    credential: {
      mode: 'enrol',
      token: `none_${randomBytes(32).toString('base64url')}`,
      // Whoever has not joined yet is told by the control plane; this one works on every way to it.
      channelBinding: channelBinding ?? 'inner-kx',
    },
    // Whoever only gave an address is told which key answers there.
    get controlPlaneKeyId() {
      return serverKey ?? keyOf(shown.challenge);
    },
    authority: authorityOf(link.url.href),
    channelBindingValue: connection.exportChannelBinding(),
    machine: await describeMachine(),
    persist: async () => undefined,
  });
}

function isProof(error: unknown): boolean {
  return error instanceof HandshakeRefusedError && error.code === 'token_invalid';
}

function keyOf(challenge: Challenge | undefined): string {
  return challenge ? keyIdOf(challenge.publicKey) : '';
}

function describeKey(challenge: Challenge | undefined, serverKey: string | undefined): string {
  return serverKey === undefined
    ? `the control plane's key is ${keyOf(challenge)}`
    : 'the control plane has the key that this machine trusts';
}

function identityTrouble(
  error: unknown,
  challenge: Challenge | undefined,
  serverKey: string | undefined,
): Trouble {
  const code = error instanceof TunnelError ? error.code : undefined;
  if (code === 'unsupported_version') {
    return new Trouble(
      'The control plane does not speak with agents of this version',
      'Install the agent anew: the control plane offers the one that fits',
    );
  }
  const key = keyOf(challenge);
  if (challenge && serverKey !== undefined && key !== serverKey) {
    const detail = `The control plane has the key ${key}, and this machine trusts ${serverKey} only`;
    return new Trouble(detail, OTHER_KEY);
  }
  const remedy = code === 'server_not_trusted' ? OTHER_HOST : 'Try again in a while';
  return new Trouble(`The handshake fails: ${messageOf(error)}`, remedy, { cause: error });
}
