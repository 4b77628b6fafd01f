import { randomBytes, randomUUID } from 'node:crypto';
import type { Queryable } from '@spt-flow/db/client';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createSealedBox, type SealedBox } from '../../lib/sealed-box.ts';
import type { SecretsRepository } from './secrets-repository.ts';

const KEY_BYTES = 32;

interface KeyRow {
  readonly id: string;
  readonly organizationId: string;
  readonly sealedKey: string;
}

/** What a value is bound to: no row opens in another's place. */
export interface SealedRow {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly version: number;
}

/**
 * createSecretSeal encrypts values with a key of their organization, and that with the installation's secret key. What
 * does not open is never replaced: AppError `secret_key_wrong` comes before anything is written.
 */
export function createSecretSeal(secretKey: string, repository: SecretsRepository) {
  const outer = createSealedBox(secretKey, 'secret-keys/v1');
  const boxes = new Map<string, SealedBox>();

  function boxOf(key: KeyRow): SealedBox {
    const known = boxes.get(key.id);
    if (known) return known;
    const opened = opening(() => outer.open(nameOfKey(key), key.sealedKey));
    const box = createSealedBox(opened.toString('base64'), 'secrets/v1');
    boxes.set(key.id, box);
    return box;
  }

  async function addKey(organizationId: string, tx: Queryable): Promise<KeyRow> {
    const key = { id: randomUUID(), organizationId };
    const sealedKey = outer.seal(nameOfKey(key), randomBytes(KEY_BYTES));
    await repository.addKey({ ...key, sealedKey }, tx);
    return { ...key, sealedKey };
  }

  async function currentKey(organizationId: string, tx: Queryable): Promise<KeyRow> {
    const found = await repository.currentKey(organizationId, tx);
    if (found) return found;
    await repository.lockOrganization(organizationId, tx);
    return (await repository.currentKey(organizationId, tx)) ?? addKey(organizationId, tx);
  }

  function open(row: SealedRow & { readonly sealedValue: string }, key: KeyRow): string {
    return opening(() => boxOf(key).open(nameOf(row), row.sealedValue)).toString();
  }

  return {
    async seal(row: SealedRow, value: string, tx: Queryable) {
      const key = await currentKey(row.organizationId, tx);
      return { keyId: key.id, sealedValue: boxOf(key).seal(nameOf(row), Buffer.from(value)) };
    },

    async openAll<Row extends SealedRow & { readonly keyId: string; readonly sealedValue: string }>(
      rows: readonly Row[],
    ): Promise<{ readonly row: Row; readonly value: string }[]> {
      const found = await repository.keysByIds([...new Set(rows.map(({ keyId }) => keyId))]);
      const byId = new Map(found.map((key) => [key.id, key]));
      return rows.map((row) => {
        const key = byId.get(row.keyId);
        if (!key) throw new AppError('conflict');
        return { row, value: open(row, key) };
      });
    },

    /** Encrypts everything of the organization with a new key, and forgets the ones before. */
    async rotate(organizationId: string, tx: Queryable): Promise<number> {
      await repository.lockOrganization(organizationId, tx);
      const old = await repository.lockKeys(organizationId, tx);
      const byId = new Map(old.map((key) => [key.id, key]));
      const fresh = await addKey(organizationId, tx);
      const rows = await repository.allVersions(organizationId, tx);
      for (const row of rows) {
        const key = byId.get(row.keyId);
        if (!key) throw new AppError('conflict');
        const value = open(row, key);
        const sealedValue = boxOf(fresh).seal(nameOf(row), Buffer.from(value));
        await repository.reseal(row, { keyId: fresh.id, sealedValue }, tx);
      }
      await repository.removeKeys([...byId.keys()], tx);
      for (const id of byId.keys()) boxes.delete(id);
      return rows.length;
    },
  };
}

function nameOfKey({ organizationId, id }: Pick<KeyRow, 'organizationId' | 'id'>): string {
  return JSON.stringify([organizationId, id]);
}

function nameOf({ organizationId, id, version, name }: SealedRow): string {
  return JSON.stringify([organizationId, id, version, name]);
}

function opening(open: () => Buffer): Buffer {
  try {
    return open();
  } catch (cause) {
    throw new AppError('secret_key_wrong', undefined, { cause });
  }
}
