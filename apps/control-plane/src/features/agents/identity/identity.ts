import { randomUUID } from 'node:crypto';
import {
  exportSigningKey,
  generateSigningKey,
  importSigningKey,
  type SigningKey,
} from '@spt-flow/tunnel/handshake/crypto';
import type { Audit } from '../../../lib/audit.ts';
import type { Clock } from '../../../lib/clock.ts';
import { newCorrelationId } from '../../../lib/correlation.ts';
import { createSealedBox } from '../../../lib/sealed-box.ts';
import { EPOCH, type IdentityRepository } from './identity-repository.ts';

const ID = 'control-plane-id';
const PRIVATE_KEY = 'control-plane-private-key';

/** ControlPlaneIdentity is what agents pin when they join (`key.keyId`) and check on every connection. */
export interface ControlPlaneIdentity {
  readonly controlPlaneId: string;
  readonly key: SigningKey;
  /** Raised by an operator after the database was restored: agents that are ahead of it since are let in. */
  readonly epoch: number;
  /** Another replica raised it. */
  refreshEpoch(): Promise<void>;
  raiseEpoch(deps: { audit: Audit; clock: Clock }): Promise<void>;
}

/** createIdentity reads the installation's identity, or makes it at the first start. */
export async function createIdentity(deps: {
  repository: IdentityRepository;
  secretKey: string;
}): Promise<ControlPlaneIdentity> {
  const { repository } = deps;
  const box = createSealedBox(deps.secretKey, 'installation-keys/v1');
  const stored = await repository.establish({
    [ID]: randomUUID(),
    [EPOCH]: '1',
    [PRIVATE_KEY]: box.seal(PRIVATE_KEY, exportSigningKey(generateSigningKey())),
  });
  let epoch = Number(stored[EPOCH]);
  return {
    controlPlaneId: stored[ID] ?? '',
    key: importSigningKey(box.open(PRIVATE_KEY, stored[PRIVATE_KEY] ?? '')),
    get epoch() {
      return epoch;
    },

    async refreshEpoch() {
      epoch = await repository.readEpoch();
    },

    async raiseEpoch({ audit, clock }) {
      // Above the epochs of all restorations before, of which an older backup knows nothing.
      const seconds = Math.floor(clock.now().getTime() / 1_000);
      epoch = await repository.transaction(async (tx) => {
        const raised = await repository.raiseEpoch(seconds, tx);
        await audit.record(
          {
            ...{ organizationId: null, principal: 'system', action: 'installation.raise_epoch' },
            ...{ target: stored[ID] ?? '', detail: { epoch: raised } },
            correlationId: newCorrelationId(),
          },
          tx,
        );
        return raised;
      });
    },
  };
}
