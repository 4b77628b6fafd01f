import * as z from 'zod';
import { VaultProblem } from './vault-problem.ts';
import type { VaultSession } from './vault-session.ts';

const DataSchema = z.object({
  data: z.record(z.string(), z.unknown()).nullable(),
  metadata: z.object({ version: z.number(), created_time: z.string() }),
});
const MetadataSchema = z.object({
  versions: z.record(
    z.string(),
    z.object({ created_time: z.string(), deletion_time: z.string(), destroyed: z.boolean() }),
  ),
});

/** KvDocument is one path of a KV store of version 2. */
export interface KvDocument {
  /** Of texts; whatever else somebody wrote there is left as it is, and given to nobody. */
  readonly values: ReadonlyMap<string, string>;
  readonly all: Readonly<Record<string, unknown>>;
  readonly version: number;
  readonly changedAt: string | null;
}

export interface KvVersion {
  readonly version: number;
  readonly createdAt: string;
  readonly isKept: boolean;
}

export interface VaultKv {
  /** Undefined: nothing was ever there, or all of it was removed with its history. */
  read(path: string, version?: number): Promise<KvDocument | undefined>;
  /** False: another version is the newest by now. */
  write(path: string, data: Readonly<Record<string, unknown>>, cas: number): Promise<boolean>;
  versions(path: string): Promise<KvVersion[]>;
  destroy(path: string, versions: readonly number[]): Promise<void>;
}

export function createVaultKv(session: Pick<VaultSession, 'call'>, mount: string): VaultKv {
  return {
    async read(path, version) {
      const query = version === undefined ? '' : `?version=${version}`;
      const answer = await session.call({ method: 'GET', path: `${mount}/data/${path}${query}` });
      return answer?.data ? documentOf(answer.data) : undefined;
    },

    async write(path, data, cas) {
      try {
        await session.call({
          ...{ method: 'POST', path: `${mount}/data/${path}` },
          body: { options: { cas }, data },
        });
        return true;
      } catch (error) {
        if (error instanceof VaultProblem && /check-and-set/.test(error.message)) return false;
        throw error;
      }
    },

    async versions(path) {
      const answer = await session.call({ method: 'GET', path: `${mount}/metadata/${path}` });
      const { versions } = MetadataSchema.parse(answer?.data ?? { versions: {} });
      return Object.entries(versions)
        .map(([version, { created_time: createdAt, deletion_time: deleted, destroyed }]) => ({
          version: Number(version),
          createdAt,
          isKept: !destroyed && deleted === '',
        }))
        .toSorted((a, b) => b.version - a.version);
    },

    async destroy(path, versions) {
      if (versions.length > 0)
        await session.call({
          ...{ method: 'POST', path: `${mount}/destroy/${path}`, body: { versions } },
        });
    },
  };
}

/** documentOf reads the data of an answer; a version that was deleted on purpose is empty. */
export function documentOf(answered: unknown): KvDocument {
  const { data, metadata } = DataSchema.parse(answered);
  const all = data ?? {};
  return {
    all,
    values: textsOf(all),
    version: metadata.version,
    changedAt: metadata.created_time,
  };
}

export function textsOf(all: Readonly<Record<string, unknown>>): Map<string, string> {
  return new Map(
    Object.entries(all).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    ),
  );
}
