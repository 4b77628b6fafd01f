import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  type KeyObject,
} from 'node:crypto';
import type { IdentityRepository } from './identity-repository.ts';
import { createSealedBox } from './sealed-box.ts';

const ID = 'control-plane-id';
const EPOCH = 'control-plane-epoch';
const PRIVATE_KEY = 'control-plane-private-key';

/** ControlPlaneIdentity is what agents pin when they join and check on every connection. */
export interface ControlPlaneIdentity {
  readonly controlPlaneId: string;
  /** Raised by an operator after the database was restored: agents that are ahead of it are then accepted. */
  readonly epoch: number;
  readonly privateKey: KeyObject;
  /** DER of the SubjectPublicKeyInfo, base64url. */
  readonly publicKey: string;
  /** SHA-256 of the DER, base64url. */
  readonly fingerprint: string;
}

/** createIdentity reads the installation's identity, or makes it at the first start. */
export async function createIdentity(deps: {
  repository: IdentityRepository;
  secretKey: string;
}): Promise<ControlPlaneIdentity> {
  const box = createSealedBox(deps.secretKey);
  const fresh = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
  const stored = await deps.repository.establish({
    [ID]: randomUUID(),
    [EPOCH]: '1',
    [PRIVATE_KEY]: box.seal(PRIVATE_KEY, fresh),
  });
  const der = box.open(PRIVATE_KEY, stored[PRIVATE_KEY] ?? '');
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    controlPlaneId: stored[ID] ?? '',
    epoch: Number(stored[EPOCH]),
    privateKey,
    publicKey: spki.toString('base64url'),
    fingerprint: createHash('sha256').update(spki).digest('base64url'),
  };
}
