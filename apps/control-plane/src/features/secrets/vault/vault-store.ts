import type { Secret, SecretVersion } from '@spt-flow/shared/api/secrets';
import { AppError } from '@spt-flow/shared/domain/errors';
import {
  MAX_SECRETS_OF_SCOPE,
  secretNameFault,
  secretValueFault,
} from '@spt-flow/shared/domain/secret-name';
import type { SecretChange, SecretScope, SecretStore } from '../secret-store.ts';
import type { KvDocument, VaultKv } from './vault-kv.ts';
import { VaultProblem } from './vault-problem.ts';
import type { VaultSession } from './vault-session.ts';

/** Shorter than the time between two looks at everything, so that each of them reads anew. */
const FRESH_MS = 15_000;
const MAX_REMEMBERED = 10_000;
const WRITE_ATTEMPTS = 4;
const SHOWN_VERSIONS = 10;

const EMPTY: KvDocument = { values: new Map(), all: {}, version: 0, changedAt: null };
const FOLDERS = { project: 'projects', person: 'people', workspace: 'workspaces' } as const;

export interface VaultStoreDeps {
  readonly kv: VaultKv;
  readonly session: Pick<VaultSession, 'state'>;
  readonly path: string;
  readonly nowMs: () => number;
}

interface Remembered {
  readonly document: KvDocument;
  readonly readAtMs: number;
}

/** createVaultStore keeps secrets in Vault or OpenBao: one path for each scope, with a key for each secret. */
export function createVaultStore(deps: VaultStoreDeps): SecretStore {
  const { kv, nowMs } = deps;
  const remembered = new Map<string, Remembered>();
  const asking = new Map<string, Promise<KvDocument>>();

  function pathOf({ kind, organizationId, id }: SecretScope): string {
    const place = kind === 'organization' ? 'organization' : `${FOLDERS[kind]}/${id ?? ''}`;
    return `${deps.path}/${organizationId}/${place}`;
  }

  async function readNow(path: string): Promise<KvDocument> {
    const known = remembered.get(path)?.document;
    // Where something was, "nothing" without a word is a mistake of somebody rather than a wish.
    const document = (await kv.read(path)) ?? known ?? EMPTY;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(path, { document, readAtMs: nowMs() });
    return document;
  }

  /** Asked once, however many want it; what was last known where Vault does not say. */
  async function read(path: string): Promise<KvDocument> {
    const known = remembered.get(path);
    if (known && nowMs() - known.readAtMs < FRESH_MS) return known.document;
    let asked = asking.get(path);
    if (!asked) {
      asked = readNow(path).finally(() => asking.delete(path));
      asking.set(path, asked);
    }
    return asked.catch((error: unknown) => {
      if (known && error instanceof VaultProblem) return known.document;
      throw toAppError(error);
    });
  }

  /** Reads, changes and writes until nobody else wrote meanwhile. */
  async function change(
    scope: SecretScope,
    { intend }: Pick<SecretChange, 'intend'>,
    make: (now: KvDocument) => Readonly<Record<string, unknown>>,
  ): Promise<number> {
    const path = pathOf(scope);
    for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt += 1) {
      const now = (await telling(() => kv.read(path))) ?? EMPTY;
      const data = make(now);
      if (attempt === 0) await intend({ version: now.version + 1 });
      if (await telling(() => kv.write(path, data, now.version))) {
        remembered.delete(path);
        return now.version + 1;
      }
    }
    throw new AppError('conflict');
  }

  async function put(
    scope: SecretScope,
    { name, value, ifVersion, ...told }: Parameters<SecretStore['put']>[1],
  ): Promise<Secret> {
    const version = await change(scope, told, ({ all, values, version: newest }) => {
      if (ifVersion !== undefined && ifVersion !== (values.has(name) ? newest : 0))
        throw new AppError('conflict', `Somebody else has set ${name} meanwhile`);
      if (!values.has(name) && values.size >= MAX_SECRETS_OF_SCOPE)
        throw new AppError('limit_reached', `There are ${MAX_SECRETS_OF_SCOPE} secrets already`);
      return { ...all, [name]: value };
    });
    await told.record({ version });
    const changedAt = new Date(nowMs()).toISOString();
    return { name, version, changedAt, changedBy: null, isDeleted: false };
  }

  return {
    kind: 'vault',
    state() {
      const { problem, answeredAtMs } = deps.session.state();
      return {
        problem,
        answeredAt: answeredAtMs === null ? null : new Date(answeredAtMs).toISOString(),
      };
    },

    async list(scope) {
      const { values, version, changedAt } = await read(pathOf(scope));
      return [...values.keys()].toSorted().map((name) => ({
        ...{ name, version: Math.max(version, 1), changedBy: null, isDeleted: false },
        changedAt: changedAt === null ? null : new Date(changedAt).toISOString(),
      }));
    },

    async values(scopes) {
      const documents = await Promise.all(scopes.map((scope) => read(pathOf(scope))));
      return documents.map(({ values }) => usable(values));
    },

    put,

    async remove(scope, { name, forever, ...told }) {
      const version = await change(scope, told, ({ all, values }) => {
        if (!values.has(name) && !forever)
          throw new AppError('not_found', `There is no secret ${name}`);
        return Object.fromEntries(Object.entries(all).filter(([key]) => key !== name));
      });
      if (forever) {
        const path = pathOf(scope);
        const old = (await telling(() => kv.versions(path))).map((each) => each.version);
        await telling(() =>
          kv.destroy(
            path,
            old.filter((each) => each !== version),
          ),
        );
      }
      await told.record({ version });
    },

    versions: (scope, name) => telling(() => versionsOf(kv, pathOf(scope), name)),

    async restore(scope, { version, ...rest }) {
      const old = await telling(() => kv.read(pathOf(scope), version));
      const value = old?.values.get(rest.name);
      if (value === undefined) throw new AppError('not_found', `Version ${version} is not kept`);
      return put(scope, { ...rest, value });
    },

    rotateKey: async () => {
      throw new AppError('secret_refused', 'Vault has keys of its own: rotate them there');
    },
  };
}

/** What somebody wrote straight into Vault is held to the same rules. */
function usable(values: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(
    [...values].filter(
      ([name, value]) =>
        secretNameFault(name) === undefined && secretValueFault(value) === undefined,
    ),
  );
}

/** Of a path's versions those in which this name changed. */
async function versionsOf(kv: VaultKv, path: string, name: string): Promise<SecretVersion[]> {
  const all = (await kv.versions(path)).slice(0, SHOWN_VERSIONS).toReversed();
  const found: SecretVersion[] = [];
  let before: string | undefined;
  for (const { version, createdAt, isKept } of all) {
    if (!isKept) continue;
    const value = (await kv.read(path, version))?.values.get(name);
    if (value !== before)
      found.unshift({
        version,
        changedAt: new Date(createdAt).toISOString(),
        changedBy: null,
        change: value === undefined ? 'delete' : 'set',
        isKept: value !== undefined,
      });
    before = value;
  }
  return found;
}

async function telling<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toAppError(error);
  }
}

function toAppError(error: unknown): unknown {
  return error instanceof VaultProblem
    ? new AppError('secret_store_unavailable', error.message, { cause: error })
    : error;
}
