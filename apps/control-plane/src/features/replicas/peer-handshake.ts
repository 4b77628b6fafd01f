import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { sha256 } from '@spt-flow/tunnel/handshake/crypto';
import {
  createKeyExchange,
  KEY_EXCHANGE_BYTES,
  type KeyExchange,
} from '@spt-flow/tunnel/handshake/key-exchange';
import { receiveMessage, type MessagePort } from '@spt-flow/tunnel/message-port';
import { SealedChannel } from '@spt-flow/tunnel/handshake/sealed-channel';
import { TunnelError } from '@spt-flow/tunnel/types';

const CONTEXT = 'spt-flow/replica-link/v1';
const SECRET_BYTES = 32;
const ANSWER_LIMIT_MS = 5_000;

/** 32 bytes, base64url. */
const Value = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const FreshSchema = z.strictObject({ nonce: Value, key: Value });
const HelloSchema = FreshSchema.extend({ from: z.uuid(), to: z.uuid() });
const ProofSchema = z.strictObject({ proof: Value });

type Fresh = z.infer<typeof FreshSchema>;
type Role = 'dialer' | 'listener';

/** PeerSecret is known to all replicas of an installation, and to nobody else. */
export type PeerSecret = Buffer;

/** peerSecretOf derives it from the installation's key, which is used for other things under other names. */
export function peerSecretOf(secretKey: string): PeerSecret {
  return Buffer.from(hkdfSync('sha256', secretKey, '', CONTEXT, SECRET_BYTES));
}

export interface Greeting {
  readonly secret: PeerSecret;
  readonly from: string;
  readonly to: string;
}

/** greetPeer proves to the replica that was dialled who calls, and checks that it is the one that was meant. */
export async function greetPeer(port: MessagePort, greeting: Greeting): Promise<SealedChannel> {
  const { fresh, exchange } = createFresh();
  port.send({ ...fresh, from: greeting.from, to: greeting.to });
  const theirs = await receive(port, FreshSchema);
  const bound = bind(greeting, { dialer: fresh, listener: theirs });
  port.send({ proof: bound.proofOf('dialer') });
  bound.check('listener', (await receive(port, ProofSchema)).proof);
  return bound.seal(exchange.agree(theirs.key), 'agent');
}

/** receivePeer says nothing that is worth anything before the caller has proved that it knows the secret. */
export async function receivePeer(
  port: MessagePort,
  { secret, to }: Pick<Greeting, 'secret' | 'to'>,
): Promise<{ from: string; channel: SealedChannel }> {
  const { from, to: meant, ...theirs } = await receive(port, HelloSchema);
  if (meant !== to) throw new TunnelError('not_permitted', 'Another replica was meant');
  const { fresh, exchange } = createFresh();
  port.send(fresh);
  const bound = bind({ secret, from, to }, { dialer: theirs, listener: fresh });
  bound.check('dialer', (await receive(port, ProofSchema)).proof);
  port.send({ proof: bound.proofOf('listener') });
  return { from, channel: bound.seal(exchange.agree(theirs.key), 'server') };
}

function createFresh(): { fresh: Fresh; exchange: KeyExchange } {
  const exchange = createKeyExchange(randomBytes(KEY_EXCHANGE_BYTES));
  return {
    fresh: { nonce: randomBytes(32).toString('base64url'), key: exchange.publicKey },
    exchange,
  };
}

/** Both ends' nonces and keys are in each proof: one that was heard is worthless in any other conversation. */
function bind({ secret, from, to }: Greeting, fresh: Record<Role, Fresh>) {
  const { dialer, listener } = fresh;
  const said = [CONTEXT, from, to, dialer.nonce, dialer.key, listener.nonce, listener.key];
  const transcriptHash = sha256(Buffer.from(said.join('\n')));
  const mac = (role: Role) =>
    createHmac('sha256', secret).update(`${role}\n`).update(transcriptHash).digest();
  return {
    proofOf: (role: Role) => mac(role).toString('base64url'),

    check(role: Role, proof: string): void {
      if (!timingSafeEqual(mac(role), Buffer.from(proof, 'base64url')))
        throw new TunnelError('not_permitted', 'The other end does not know the secret');
    },

    /** Who learns the secret later still can't read what was recorded. */
    seal(agreed: Buffer, role: 'agent' | 'server'): SealedChannel {
      const key = hkdfSync('sha256', agreed, secret, CONTEXT, SECRET_BYTES);
      return new SealedChannel({ sharedSecret: new Uint8Array(key), transcriptHash, role });
    },
  };
}

function receive<T>(port: MessagePort, schema: z.ZodType<T>): Promise<T> {
  return receiveMessage(port, (value) => schema.parse(value), ANSWER_LIMIT_MS);
}
