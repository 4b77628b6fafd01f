import { randomBytes, randomUUID } from 'node:crypto';
import type { HandshakeRuntime, LinkFacts } from '@spt-flow/tunnel/handshake/messages';
import { openIdentity, type Identity } from './identity.ts';

const MAX_KEY_AGE_MS = 90 * 86_400_000;

/** Self is what the agent needs to prove who it is, at the start of a connection and on it. */
export interface Self {
  readonly identity: Identity;
  readonly runtime: HandshakeRuntime;
  /** The present connection, as further signatures name it; undefined before the first. */
  link: { readonly facts: LinkFacts; readonly controlPlaneKey: string } | undefined;
}

export async function openSelf(identityPath: string, nowMs: () => number): Promise<Self> {
  return {
    identity: await openIdentity(identityPath, nowMs),
    link: undefined,
    runtime: {
      wallMs: nowMs,
      monotonicMs: () => performance.now(),
      ...{ randomBytes, randomUuid: randomUUID },
    },
  };
}

/** The control plane changes keys by itself; an agent that it has missed asks for it. */
export function isKeyAged({ identity, runtime }: Self): boolean {
  return runtime.wallMs() - identity.keySinceMs > MAX_KEY_AGE_MS;
}
