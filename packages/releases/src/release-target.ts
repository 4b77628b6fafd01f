import * as z from 'zod/mini';
import { ReleaseError } from './release-error.ts';
import { VERSION_PATTERN } from './version.ts';

export const PLATFORM_PATTERN = /^(linux|darwin|windows)-(x64|arm64)(-musl)?$/;

const Version = z.string().check(z.regex(VERSION_PATTERN));

/** What is signed of a file besides its length and hash. */
export const ReleaseFactsSchema = z.object({
  product: z.enum(['agent', 'cli']),
  version: Version,
  platform: z.string().check(z.regex(PLATFORM_PATTERN)),
  /** Rises with each release; an earlier version that is released again gets a higher one. */
  sequence: z.number().check(z.int(), z.gte(1)),
  /** Versions that whoever runs this one may return to. */
  returnsTo: z.array(Version).check(z.maxLength(100)),
  /** The oldest version from which one step leads here. */
  oldestFrom: Version,
});
export type ReleaseFacts = z.infer<typeof ReleaseFactsSchema>;

/** ReleaseTarget is one signed file of a release. */
export interface ReleaseTarget extends ReleaseFacts {
  /** In the metadata: `<version>/<file>`. */
  readonly path: string;
  readonly lengthBytes: number;
  readonly sha256: string;
}

const HASH = /^[0-9a-f]{64}$/;
const PATH = /^\d+\.\d+\.\d+\/[\w.-]{1,100}$/;

interface Described {
  readonly path: string;
  readonly length: number;
  readonly hashes: Readonly<Record<string, string>>;
  readonly custom: unknown;
}

export function toReleaseTarget({ path, length, hashes, custom }: Described): ReleaseTarget {
  const facts = ReleaseFactsSchema.safeParse(custom);
  const sha256 = hashes['sha256'] ?? '';
  if (!facts.success || !HASH.test(sha256) || !PATH.test(path)) {
    throw new ReleaseError('malformed', `'${path}' is not described as a file of a release`);
  }
  return { ...facts.data, path, lengthBytes: length, sha256 };
}

/** Where a file lies in the folder of releases: named by what is in it, so that no two ever are the same. */
export function blobPath({ path, sha256 }: Pick<ReleaseTarget, 'path' | 'sha256'>): string {
  const [folder = '', name = ''] = path.split('/');
  return `targets/${folder}/${sha256}.${name}`;
}

export const BLOB_PATTERN = /^targets\/\d+\.\d+\.\d+\/[0-9a-f]{64}\.[\w.-]{1,100}$/;
export const METADATA_PATTERN = /^metadata\/(timestamp|\d{1,9}\.(root|snapshot|targets))\.json$/;
