import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createReleaseFiles } from './release-files.ts';
import { ROLES, type Role, type RoleKeys } from './documents.ts';
import { createReleaseRepository, rolesOf, type NewFile } from './release-repository.ts';
import {
  generateKeyPem,
  publicKeyPem,
  PublicKeySchema,
  readSigningKey,
  type SigningKey,
} from './signing-key.ts';
import { verifyReleases } from '../verify-releases.ts';

const DAY_MS = 86_400_000;

export interface RoleOptions {
  /** Files of public keys, by role; a role that is not named keeps its keys. */
  readonly keys: Readonly<Partial<Record<Role, readonly string[]>>>;
  readonly thresholds: Readonly<Partial<Record<Role, number>>>;
  readonly nowMs: number;
  readonly days?: number | undefined;
}

/** makeKey writes a key for nobody else to read, and beside it what others may know of it. */
export async function makeKey(file: string): Promise<string> {
  const pem = generateKeyPem();
  await writeFile(file, pem, { mode: 0o600, flag: 'wx' });
  await chmod(file, 0o600);
  const { keyId, publicKey } = readSigningKey(pem);
  await writeFile(`${file}.pub.json`, `${JSON.stringify(publicKey)}\n`);
  await writeFile(`${file}.pub.pem`, publicKeyPem(pem));
  return keyId;
}

export function readKeys(files: readonly string[]): Promise<SigningKey[]> {
  return Promise.all(files.map(async (file) => readSigningKey(await readFile(file, 'utf8'))));
}

/** changeRoot prepares a root, the first one or the next; it counts once enough keys have signed it. */
export async function changeRoot(folder: string, options: RoleOptions): Promise<void> {
  const repository = createReleaseRepository(folder);
  const root = await repository.currentRoot();
  const before = root && rolesOf(root);
  const chosen = await Promise.all(ROLES.map((role) => rolePart(role, options, before)));
  const [rootRole, targets, snapshot, timestamp] = chosen;
  if (!rootRole || !targets || !snapshot || !timestamp) throw new Error('A role is missing');
  const { nowMs, days } = options;
  const expiresMs = days === undefined ? undefined : nowMs + days * DAY_MS;
  await repository.stageRoot(
    { root: rootRole, targets, snapshot, timestamp },
    { nowMs, expiresMs },
  );
  if (!before) await repository.stageTargets([], { nowMs });
}

async function rolePart(
  role: Role,
  { keys, thresholds }: RoleOptions,
  before: RoleKeys | undefined,
): Promise<RoleKeys[Role]> {
  const files = keys[role];
  const publicKeys = files && (await Promise.all(files.map(readPublicKey)));
  const chosen = publicKeys ?? before?.[role].keys;
  if (!chosen) throw new Error(`Name the public keys of the role '${role}': --${role} <file>`);
  return { keys: chosen, threshold: thresholds[role] ?? before?.[role].threshold ?? 1 };
}

async function readPublicKey(file: string) {
  return PublicKeySchema.parse(JSON.parse(await readFile(file, 'utf8')));
}

export interface Addition {
  readonly version: string;
  readonly files: readonly NewFile[];
  /** Undefined: the release before it, if there is one. */
  readonly returnsTo: readonly string[] | undefined;
  readonly oldestFrom: string | undefined;
  readonly nowMs: number;
}

export async function addRelease(folder: string, addition: Addition): Promise<number> {
  const { version, files, nowMs } = addition;
  const repository = createReleaseRepository(folder);
  const before = await repository.currentTargets();
  const last = before
    .filter(({ product }) => product === 'agent')
    .toSorted((a, b) => b.sequence - a.sequence)[0];
  const usual = last && last.version !== version ? [last.version] : [];
  const returnsTo = [...(addition.returnsTo ?? usual)];
  const oldestFrom = addition.oldestFrom ?? '0.0.0';
  const added = await repository.addRelease({ version, files, returnsTo, oldestFrom }, { nowMs });
  return added[0]?.sequence ?? 0;
}

/** Answers which documents are still short of signatures. */
export async function signPending(folder: string, keys: readonly SigningKey[]): Promise<string[]> {
  return createReleaseRepository(folder).sign(keys);
}

/** signChecksums lets anybody check downloads with OpenSSL alone. */
export async function signChecksums(file: string, keys: readonly SigningKey[]): Promise<string[]> {
  const bytes = await readFile(file);
  return Promise.all(
    keys.map(async (key) => {
      const signature = `${file}.${key.keyId.slice(0, 8)}.sig`;
      await writeFile(signature, key.signBytes(bytes));
      return signature;
    }),
  );
}

export function publish(folder: string, keys: readonly SigningKey[], nowMs: number): Promise<void> {
  return createReleaseRepository(folder).publish({ keys, nowMs });
}

/** Signs the targets of today for another while, without a new release. */
export async function renewTargets(folder: string, nowMs: number): Promise<void> {
  const repository = createReleaseRepository(folder);
  await repository.stageTargets(await repository.currentTargets(), { nowMs });
}

/** checkFolder reads it as an agent does that trusts the given root, else the first one there is. */
export async function checkFolder(folder: string, rootFile: string | undefined, nowMs: number) {
  const files = createReleaseFiles(folder);
  const root = await readFile(rootFile ?? join(folder, 'metadata/1.root.json'));
  const source = { read: (name: string) => files.read(name) };
  return verifyReleases({ root, source, memory: {}, nowMs });
}
