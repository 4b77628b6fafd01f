import { randomUUID } from 'node:crypto';
import {
  exportSigningKey,
  generateSigningKey,
  importSigningKey,
  type SigningKey,
} from '@spt-flow/tunnel/handshake-crypto';
import type { IdentityRepository } from './identity-repository.ts';
import { createSealedBox } from './sealed-box.ts';

const ID = 'control-plane-id';
const EPOCH = 'control-plane-epoch';
const PRIVATE_KEY = 'control-plane-private-key';

/** ControlPlaneIdentity is what agents pin when they join (`key.keyId`) and check on every connection. */
export interface ControlPlaneIdentity {
  readonly controlPlaneId: string;
  /** Raised by an operator after the database was restored. */
  readonly epoch: number;
  readonly key: SigningKey;
}

/** createIdentity reads the installation's identity, or makes it at the first start. */
export async function createIdentity(deps: {
  repository: IdentityRepository;
  secretKey: string;
}): Promise<ControlPlaneIdentity> {
  const box = createSealedBox(deps.secretKey);
  const stored = await deps.repository.establish({
    [ID]: randomUUID(),
    [EPOCH]: '1',
    [PRIVATE_KEY]: box.seal(PRIVATE_KEY, exportSigningKey(generateSigningKey())),
  });
  return {
    controlPlaneId: stored[ID] ?? '',
    epoch: Number(stored[EPOCH]),
    key: importSigningKey(box.open(PRIVATE_KEY, stored[PRIVATE_KEY] ?? '')),
  };
}
