import { createHash } from 'node:crypto';
import { TrustedMetadataStore } from 'tuf-js/dist/store.js';
import { EqualVersionError } from 'tuf-js/dist/error.js';
import { checkDocument } from './document-checks.ts';
import { faultOf } from './fault-of.ts';
import { ReleaseError } from './release-error.ts';
import { toReleaseTarget, type ReleaseTarget } from './release-target.ts';

/** More than anybody signs; what is longer is not read. */
const MAX_BYTES = { root: 128_000, timestamp: 16_000, snapshot: 256_000, targets: 2_000_000 };
const MAX_ROTATIONS = 256;

/** Where metadata comes from: nothing of it is trusted. */
export interface MetadataSource {
  /** Undefined: there is no such file. Throws ReleaseError `too_large` rather than read more than `maxBytes`. */
  read(name: string, maxBytes: number): Promise<Buffer | undefined>;
}

/** SeenRoot is how far the roots led from the pinned one. */
export interface SeenRoot {
  /** SHA-256 of the pinned one. */
  readonly pinned: string;
  readonly version: number;
}

/** What was verified before: it keeps older metadata from being taken for the newest. */
export interface MetadataMemory {
  readonly timestamp?: Buffer | undefined;
  readonly snapshot?: Buffer | undefined;
  /** Who hands releases over could keep a later root to themselves, and have what its keys were changed for. */
  readonly root?: SeenRoot | undefined;
  /** No clock may be earlier than what was signed by then. */
  readonly notBeforeMs?: number | undefined;
}

export interface VerifyInput {
  /** The root that is trusted without being asked for. */
  readonly root: Buffer;
  readonly source: MetadataSource;
  readonly memory: MetadataMemory;
  readonly nowMs: number;
}

export interface VerifiedReleases {
  readonly targets: readonly ReleaseTarget[];
  /** To be kept for the next time. */
  readonly memory: MetadataMemory;
  readonly rootVersion: number;
  /** Until when what was read may be used. */
  readonly expires: { readonly root: string; readonly targets: string; readonly timestamp: string };
}

/**
 * verifyReleases is the client's part of TUF 1.0 (section 5): root by root from the pinned one, then timestamp, snapshot
 * and targets, each against what was signed for it. The rules are tuf-js's; reading and keeping is ours.
 */
export async function verifyReleases(input: VerifyInput): Promise<VerifiedReleases> {
  const store = openStore(input.root);
  await followRoots(store, input.source);
  const root = assertLatestRoot(store, input);
  const clock = createClock(store, input);
  const timestamp = await takeTimestamp(store, input, clock);
  const snapshot = await takeSnapshot(store, input, clock);
  const targets = await takeTargets(store, input, clock);
  return {
    targets,
    memory: { timestamp, snapshot, root, notBeforeMs: clock.notBeforeMs() },
    rootVersion: root.version,
    expires: {
      root: store.root.signed.expires,
      targets: store.targets?.signed.expires ?? '',
      timestamp: store.timestamp?.signed.expires ?? '',
    },
  };
}

function openStore(root: Buffer): TrustedMetadataStore {
  checkDocument(root, 'The pinned root');
  try {
    return new TrustedMetadataStore(root);
  } catch (cause) {
    throw new ReleaseError('no_root', 'The pinned root is not signed by its own keys', { cause });
  }
}

/** Always from the pinned one on: what a machine kept of later ones may be torn, or somebody else's. */
async function followRoots(store: TrustedMetadataStore, source: MetadataSource): Promise<void> {
  for (let rotation = 0; rotation < MAX_ROTATIONS; rotation += 1) {
    const name = `${store.root.signed.version + 1}.root.json`;
    const bytes = await source.read(`metadata/${name}`, MAX_BYTES.root);
    if (!bytes) return;
    checkDocument(bytes, name);
    take(name, () => store.updateRoot(bytes));
  }
  throw new ReleaseError('malformed', `There are more than ${MAX_ROTATIONS} roots`);
}

function assertLatestRoot(store: TrustedMetadataStore, input: VerifyInput): SeenRoot {
  const pinned = createHash('sha256').update(input.root).digest('hex');
  const { version } = store.root.signed;
  const seen = input.memory.root;
  if (seen?.pinned === pinned && version < seen.version)
    throw new ReleaseError(
      'rolled_back',
      `Root ${seen.version} was seen before, not root ${version}`,
    );
  return { pinned, version };
}

/** A clock that is behind what was signed is wrong, and would let what is over pass; one that is ahead refuses. */
function createClock(store: TrustedMetadataStore, { memory, nowMs }: VerifyInput) {
  let notBeforeMs = 0;
  const set = () => {
    // The library has no door to it, and reads the machine's clock.
    Reflect.set(store, 'referenceTime', new Date(Math.max(nowMs, notBeforeMs)));
  };
  set();
  return {
    notBeforeMs: () => notBeforeMs,
    /** Once what it was learnt from is verified: keys that were changed may have told any time. */
    remember(): void {
      if (store.timestamp) notBeforeMs = memory.notBeforeMs ?? 0;
      set();
    },
    learn(): void {
      const issued = store.timestamp?.signed.unrecognizedFields['issued'];
      const issuedMs = typeof issued === 'string' ? Date.parse(issued) : Number.NaN;
      if (issuedMs > notBeforeMs) notBeforeMs = issuedMs;
      set();
    },
    explain: (name: string) =>
      `${name}, by this machine's clock, which says ${new Date(nowMs).toISOString()}`,
  };
}

type ReleaseClock = ReturnType<typeof createClock>;

async function takeTimestamp(
  store: TrustedMetadataStore,
  { source, memory }: VerifyInput,
  clock: ReleaseClock,
): Promise<Buffer> {
  const { timestamp: kept } = memory;
  if (kept) attempt(() => store.updateTimestamp(kept));
  clock.remember();
  const bytes = await need(source, 'timestamp.json', MAX_BYTES.timestamp);
  checkDocument(bytes, 'timestamp.json');
  const isSame = take('timestamp.json', () => takeUnlessSame(store, bytes), clock.explain);
  clock.learn();
  return isSame && kept ? kept : bytes;
}

function takeUnlessSame(store: TrustedMetadataStore, bytes: Buffer): boolean {
  try {
    store.updateTimestamp(bytes);
    return false;
  } catch (error) {
    if (error instanceof EqualVersionError) return true;
    throw error;
  }
}

async function takeSnapshot(
  store: TrustedMetadataStore,
  { source, memory }: VerifyInput,
  clock: ReleaseClock,
): Promise<Buffer> {
  const { snapshot: kept } = memory;
  if (kept && attempt(() => store.updateSnapshot(kept, true))) return kept;
  const name = `${store.timestamp?.signed.snapshotMeta.version ?? 0}.snapshot.json`;
  const bytes = await need(source, name, MAX_BYTES.snapshot);
  checkDocument(bytes, name);
  take(name, () => store.updateSnapshot(bytes), clock.explain);
  return bytes;
}

async function takeTargets(
  store: TrustedMetadataStore,
  { source }: VerifyInput,
  clock: ReleaseClock,
): Promise<ReleaseTarget[]> {
  const name = `${store.snapshot?.signed.meta['targets.json']?.version ?? 0}.targets.json`;
  const bytes = await need(source, name, MAX_BYTES.targets);
  checkDocument(bytes, name);
  take(name, () => store.updateDelegatedTargets(bytes, 'targets', 'root'), clock.explain);
  return Object.values(store.targets?.signed.targets ?? {}).map(
    ({ path, length, hashes, custom }) => toReleaseTarget({ path, length, hashes, custom }),
  );
}

async function need(source: MetadataSource, name: string, maxBytes: number): Promise<Buffer> {
  const bytes = await source.read(`metadata/${name}`, maxBytes);
  if (bytes) return bytes;
  throw new ReleaseError('missing', `There is no ${name}`);
}

function take<T>(name: string, step: () => T, explain = (text: string) => text): T {
  try {
    return step();
  } catch (error) {
    const fault = faultOf(error);
    const what = {
      expired: explain(`${name} has expired`),
      signature: `${name} is not signed by enough of its keys`,
    };
    const message = error instanceof Error ? error.message : String(error);
    throw new ReleaseError(
      fault,
      Object.hasOwn(what, fault) ? what[fault as keyof typeof what] : `${name}: ${message}`,
      { cause: error },
    );
  }
}

/** What was kept may be over, of other keys or torn by now: it is of no use then, and no obstacle. */
function attempt(step: () => void): boolean {
  try {
    step();
    return true;
  } catch {
    return false;
  }
}
