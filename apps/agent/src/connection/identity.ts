import * as z from 'zod/mini';
import { CHANNEL_BINDINGS, JoinStateSchema } from '@spt-flow/shared/agent-protocol/handshake';
import {
  exportSigningKey,
  generateSigningKey,
  importSigningKey,
  type SigningKey,
} from '@spt-flow/tunnel/handshake/crypto';
import type { AgentState } from '@spt-flow/tunnel/handshake/agent';
import { readIfThere, writeDurably } from '../system/durable-file.ts';

const StoredIdentitySchema = z.object({
  /** PKCS #8, base64. */
  key: z.string(),
  keySinceMs: z.number(),
  nextKey: z.optional(z.string()),
  joinedWith: z.optional(z.string()),
  state: z.optional(
    z.object({
      agentId: z.uuid(),
      workspaceId: z.uuid(),
      controlPlaneId: z.uuid(),
      channelBinding: z.enum(CHANNEL_BINDINGS),
      joinState: JoinStateSchema,
    }),
  ),
});

interface Stored {
  readonly key: SigningKey;
  readonly keySinceMs: number;
  /** Takes the key's place as soon as the control plane has accepted it. */
  readonly nextKey?: SigningKey | undefined;
  /** Hash of the token that made this agent: it makes no second one. */
  readonly joinedWith?: string | undefined;
  /** What the control plane last confirmed; undefined before the agent joined. */
  readonly state?: AgentState | undefined;
}

/**
 * Identity is who the agent is, in one file.
 *
 * INVARIANT: whatever the control plane has heard of is on the disk, so that the agent may be killed at any time.
 */
export interface Identity extends Readonly<Stored> {
  /** The key that comes after this one; made once, kept until it is in use. */
  stageNextKey(): Promise<SigningKey>;
  /** The control plane does not take the next key: another one is made when it is needed. */
  dropNextKey(): Promise<void>;
  /** Stores a confirmed state with the key that it belongs to. */
  confirm(key: SigningKey, state: AgentState, joinedWith?: string): Promise<void>;
}

/** True: the agent of this file has joined. */
export async function isJoined(path: string): Promise<boolean> {
  const text = await readIfThere(path);
  return text !== undefined && parse(text).state !== undefined;
}

/** Reads the agent's identity, or makes it: it is on the disk before anybody hears of it. */
export async function openIdentity(path: string, nowMs: () => number): Promise<Identity> {
  const text = await readIfThere(path);
  let stored = text === undefined ? await create() : parse(text);

  async function create(): Promise<Stored> {
    return write({ key: generateSigningKey(), keySinceMs: nowMs() });
  }

  async function write(next: Stored): Promise<Stored> {
    await writeDurably(path, serialize(next));
    return next;
  }

  return {
    get key() {
      return stored.key;
    },
    get keySinceMs() {
      return stored.keySinceMs;
    },
    get nextKey() {
      return stored.nextKey;
    },
    get joinedWith() {
      return stored.joinedWith;
    },
    get state() {
      return stored.state;
    },

    async stageNextKey() {
      const nextKey = stored.nextKey ?? generateSigningKey();
      if (!stored.nextKey) stored = await write({ ...stored, nextKey });
      return nextKey;
    },

    async dropNextKey() {
      const { nextKey: _, ...kept } = stored;
      stored = await write(kept);
    },

    async confirm(key, state, joinedWith = stored.joinedWith) {
      const isNew = key.keyId !== stored.key.keyId;
      const kept = isNew ? { keySinceMs: nowMs() } : stored;
      stored = await write({ ...kept, key, state, joinedWith });
    },
  };
}

function parse(text: string): Stored {
  const { key, nextKey, ...rest } = StoredIdentitySchema.parse(JSON.parse(text));
  return {
    ...rest,
    key: readKey(key),
    nextKey: nextKey === undefined ? undefined : readKey(nextKey),
  };
}

function readKey(text: string): SigningKey {
  return importSigningKey(Buffer.from(text, 'base64'));
}

function serialize({ key, nextKey, ...rest }: Stored): string {
  const write = (signingKey: SigningKey) => exportSigningKey(signingKey).toString('base64');
  return JSON.stringify({ ...rest, key: write(key), nextKey: nextKey && write(nextKey) });
}
