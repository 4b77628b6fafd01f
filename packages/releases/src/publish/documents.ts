import * as z from 'zod/mini';
import { keyIdOf } from '../document-checks.ts';
import { ReleaseFactsSchema, type ReleaseTarget } from '../release-target.ts';
import { PublicKeySchema, signatureOf, type PublicKey, type SigningKey } from './signing-key.ts';

export const ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type Role = (typeof ROLES)[number];

const DAY_MS = 86_400_000;
/** How long each is good without being signed again. */
export const LIFETIME_MS: Readonly<Record<Role, number>> = {
  root: 365 * DAY_MS,
  targets: 90 * DAY_MS,
  snapshot: 14 * DAY_MS,
  timestamp: 7 * DAY_MS,
};

const RoleSchema = z.object({ keyids: z.array(z.string()), threshold: z.number() });
export const SignatureSchema = z.object({ keyid: z.string(), sig: z.string() });
const Common = { version: z.number(), expires: z.string(), spec_version: z.string() };

export const RootSchema = z.object({
  _type: z.literal('root'),
  ...Common,
  consistent_snapshot: z.literal(true),
  keys: z.record(z.string(), PublicKeySchema),
  roles: z.record(z.enum(ROLES), RoleSchema),
});
export type RootDocument = z.infer<typeof RootSchema>;

const SignedFileSchema = z.object({
  length: z.number(),
  hashes: z.object({ sha256: z.string() }),
  custom: ReleaseFactsSchema,
});
export const TargetsSchema = z.object({
  _type: z.literal('targets'),
  ...Common,
  targets: z.record(z.string(), SignedFileSchema),
});
export type TargetsDocument = z.infer<typeof TargetsSchema>;

export const EnvelopeSchema = z.object({
  signed: z.unknown(),
  signatures: z.array(SignatureSchema),
});
export interface Envelope<T extends object = object> {
  readonly signed: T;
  readonly signatures: readonly z.infer<typeof SignatureSchema>[];
}

export type RoleKeys = Readonly<
  Record<Role, { readonly keys: readonly PublicKey[]; readonly threshold: number }>
>;

function head<const T extends string>(type: T, version: number, expiresMs: number) {
  return {
    _type: type,
    spec_version: '1.0.34',
    version,
    expires: new Date(expiresMs).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}

export interface Moment {
  readonly version: number;
  readonly nowMs: number;
  /** Until when it is good; else its usual lifetime. */
  readonly expiresMs?: number | undefined;
}

export function rootDocument(roles: RoleKeys, at: Moment): RootDocument {
  const all = ROLES.flatMap((role) => roles[role].keys);
  return {
    ...head('root', at.version, at.expiresMs ?? at.nowMs + LIFETIME_MS.root),
    consistent_snapshot: true,
    keys: Object.fromEntries(all.map((key) => [keyIdOf(key), key])),
    roles: {
      root: roleOf(roles.root),
      targets: roleOf(roles.targets),
      snapshot: roleOf(roles.snapshot),
      timestamp: roleOf(roles.timestamp),
    },
  };
}

/** Two keys that are one would let one person be two. */
function roleOf({ keys, threshold }: RoleKeys[Role]) {
  const keyids = [...new Set(keys.map(keyIdOf))];
  if (threshold < 1 || keyids.length < threshold)
    throw new Error(`${threshold} signatures are asked for, of ${keyids.length} keys`);
  return { keyids, threshold };
}

export function targetsDocument(files: readonly ReleaseTarget[], at: Moment): TargetsDocument {
  const entries = files.map(({ path, lengthBytes, sha256, ...custom }) => {
    return [path, { length: lengthBytes, hashes: { sha256 }, custom }] as const;
  });
  return {
    ...head('targets', at.version, at.expiresMs ?? at.nowMs + LIFETIME_MS.targets),
    targets: Object.fromEntries(entries),
  };
}

export interface Described {
  readonly version: number;
  readonly length: number;
  readonly hashes: { readonly sha256: string };
}

export function snapshotDocument(targets: Described, at: Moment) {
  return {
    ...head('snapshot', at.version, at.expiresMs ?? at.nowMs + LIFETIME_MS.snapshot),
    meta: { 'targets.json': targets },
  };
}

/** `issued` keeps a clock that is behind from taking for good what is over. */
export function timestampDocument(snapshot: Described, at: Moment) {
  return {
    ...head('timestamp', at.version, at.expiresMs ?? at.nowMs + LIFETIME_MS.timestamp),
    issued: new Date(at.nowMs).toISOString(),
    meta: { 'snapshot.json': snapshot },
  };
}

export function targetsOf({ targets }: TargetsDocument): ReleaseTarget[] {
  return Object.entries(targets).map(([path, { length, hashes, custom }]) => {
    return { path, lengthBytes: length, sha256: hashes.sha256, ...custom };
  });
}

/** Adds the signatures of the keys that the role names; each counts once. */
export function signDocument<T extends object>(
  document: Envelope<T>,
  keys: readonly SigningKey[],
): Envelope<T> {
  const added = keys.map((key) => signatureOf(key, document.signed));
  const names = new Set(added.map(({ keyid }) => keyid));
  const kept = document.signatures.filter(({ keyid }) => !names.has(keyid));
  return { signed: document.signed, signatures: [...kept, ...added] };
}
