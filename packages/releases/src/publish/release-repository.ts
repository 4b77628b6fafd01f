import { verify, createPublicKey } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { blobPath, type ReleaseFacts, type ReleaseTarget } from '../release-target.ts';
import {
  rootDocument,
  RootSchema,
  signDocument,
  snapshotDocument,
  targetsDocument,
  targetsOf,
  TargetsSchema,
  timestampDocument,
  type Envelope,
  type Role,
  type RoleKeys,
  type RootDocument,
} from './documents.ts';
import { createReleaseFiles, describeFile, hashBytes } from './release-files.ts';
import type { SigningKey } from './signing-key.ts';

export interface NewFile extends Pick<ReleaseFacts, 'product' | 'platform'> {
  readonly file: string;
  /** As people know it, without a folder. */
  readonly name: string;
}

export interface NewRelease extends Pick<ReleaseFacts, 'version' | 'returnsTo' | 'oldestFrom'> {
  readonly files: readonly NewFile[];
}

export interface PublishOptions {
  readonly keys: readonly SigningKey[];
  readonly nowMs: number;
  /** For tests and for ceremonies: until when what is signed now is good. */
  readonly expiresMs?: number | undefined;
}

type Times = Omit<PublishOptions, 'keys'>;

export type ReleaseRepository = ReturnType<typeof createReleaseRepository>;

/**
 * createReleaseRepository prepares what must be signed, collects signatures, and publishes: metadata wait in `pending`
 * until enough of the keys that the root names have signed them, on whichever machines these keys are.
 */
export function createReleaseRepository(folder: string) {
  const files = createReleaseFiles(folder);

  async function currentRoot(): Promise<RootDocument | undefined> {
    const version = await files.latest('root');
    const document = await files.readDocument(`metadata/${version}.root.json`);
    return document && RootSchema.parse(document.signed);
  }

  async function needRoot(): Promise<RootDocument> {
    const root = await currentRoot();
    if (root) return root;
    throw new Error(`'${folder}' has no root yet`);
  }

  async function currentTargets(): Promise<ReleaseTarget[]> {
    const document = await files.readDocument(
      `metadata/${await files.latest('targets')}.targets.json`,
    );
    return document ? targetsOf(TargetsSchema.parse(document.signed)) : [];
  }

  async function pendingOf(role: 'root' | 'targets') {
    const name = `pending/${await files.latest(role, 'pending')}.${role}.json`;
    const document = await files.readDocument(name);
    return document && { name, document };
  }

  /** A new root changes who signs: it needs enough of those before and of those from then on. */
  async function stageRoot(roles: RoleKeys, at: Times) {
    const version = (await files.latest('root')) + 1;
    const signed = rootDocument(roles, { ...at, version });
    await files.write(`pending/${version}.root.json`, { signed, signatures: [] });
  }

  async function stageTargets(targets: readonly ReleaseTarget[], at: Times) {
    const version = (await files.latest('targets')) + 1;
    const signed = targetsDocument(targets, { ...at, version });
    await files.write(`pending/${version}.targets.json`, { signed, signatures: [] });
  }

  async function addRelease(release: NewRelease, at: Times) {
    const before = await currentTargets();
    const sequence = Math.max(0, ...before.map((target) => target.sequence)) + 1;
    const added: ReleaseTarget[] = [];
    for (const { file, name, product, platform } of release.files) {
      const { version, returnsTo, oldestFrom } = release;
      const facts = { product, platform, version, sequence, returnsTo: [...returnsTo], oldestFrom };
      const target = { ...facts, path: `${version}/${name}`, ...(await describeFile(file)) };
      await files.place(file, blobPath(target));
      added.push(target);
    }
    const kept = before.filter(({ path }) => !added.some((target) => target.path === path));
    await stageTargets([...kept, ...added], at);
    return added;
  }

  /** Answers which documents are still short of signatures. */
  async function sign(keys: readonly SigningKey[]): Promise<string[]> {
    const short: string[] = [];
    for (const role of ['root', 'targets'] as const) {
      const pending = await pendingOf(role);
      if (!pending) continue;
      const judges = await judgesOf(role, pending.document);
      const named = new Set(judges.flatMap((root) => root.roles[role].keyids));
      const signed = signDocument(
        pending.document,
        keys.filter(({ keyId }) => named.has(keyId)),
      );
      await files.write(pending.name, signed);
      if (judges.some((root) => missing(root, role, signed) > 0)) short.push(pending.name);
    }
    return short;
  }

  async function judgesOf(role: 'root' | 'targets', document: Envelope): Promise<RootDocument[]> {
    if (role === 'root') {
      const before = await currentRoot();
      const next = RootSchema.parse(document.signed);
      return before ? [before, next] : [next];
    }
    const pending = await pendingOf('root');
    return [pending ? RootSchema.parse(pending.document.signed) : await needRoot()];
  }

  async function settle(role: 'root' | 'targets'): Promise<void> {
    const pending = await pendingOf(role);
    if (!pending) return;
    for (const root of await judgesOf(role, pending.document)) {
      const count = missing(root, role, pending.document);
      if (count > 0) throw new Error(`${pending.name} is short of ${count} signature(s)`);
    }
    await files.write(pending.name.replace('pending', 'metadata'), pending.document);
    await files.remove(pending.name);
  }

  /** In an order in which nobody who reads meanwhile finds a name without its file. */
  async function publish({ keys, nowMs, expiresMs }: PublishOptions): Promise<void> {
    await settle('root');
    await settle('targets');
    const root = await needRoot();
    const targets = await files.latest('targets');
    const bytes = await files.read(`metadata/${targets}.targets.json`);
    if (!bytes) throw new Error('Nothing has been released yet');
    const hashes = { sha256: hashBytes(bytes) };
    const described = { version: targets, length: bytes.length, hashes };
    const version = (await files.latest('snapshot')) + 1;
    const snapshot = snapshotDocument(described, { version, nowMs, expiresMs });
    const about = await files.write(
      `metadata/${version}.snapshot.json`,
      signAs('snapshot', snapshot, { root, keys }),
    );
    const timestamp = timestampDocument(about, { version, nowMs, expiresMs });
    await files.write('metadata/timestamp.json', signAs('timestamp', timestamp, { root, keys }));
  }

  return { currentRoot, currentTargets, stageRoot, stageTargets, addRelease, sign, publish };
}

function signAs(
  role: Role,
  signed: object,
  { root, keys }: { root: RootDocument; keys: readonly SigningKey[] },
): Envelope {
  const { keyids } = root.roles[role];
  const document = signDocument(
    { signed, signatures: [] },
    keys.filter(({ keyId }) => keyids.includes(keyId)),
  );
  const count = missing(root, role, document);
  if (count > 0) throw new Error(`${count} key(s) of the role '${role}' are missing`);
  return document;
}

/** How many good signatures a document is short of. */
function missing(root: RootDocument, role: Role, { signed, signatures }: Envelope): number {
  const bytes = Buffer.from(canonicalize(signed));
  const { keyids, threshold } = root.roles[role];
  const good = signatures.filter(({ keyid, sig }) => {
    const key = root.keys[keyid];
    return key && keyids.includes(keyid) && isGood(key.keyval.public, bytes, sig);
  });
  return Math.max(0, threshold - new Set(good.map(({ keyid }) => keyid)).size);
}

function isGood(publicHex: string, bytes: Buffer, signature: string): boolean {
  const x = Buffer.from(publicHex, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, bytes, key, Buffer.from(signature, 'hex'));
}

/** The keys of a root by role, for one that changes some of them. */
export function rolesOf(root: RootDocument): RoleKeys {
  const pick = (role: Role) => ({
    threshold: root.roles[role].threshold,
    keys: root.roles[role].keyids.flatMap((keyId) => root.keys[keyId] ?? []),
  });
  return {
    root: pick('root'),
    targets: pick('targets'),
    snapshot: pick('snapshot'),
    timestamp: pick('timestamp'),
  };
}
