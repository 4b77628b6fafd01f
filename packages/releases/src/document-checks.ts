import { createHash } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import * as z from 'zod/mini';
import { ReleaseError } from './release-error.ts';

/** The only form whose end every reader sees alike: the library takes what it cannot read for never. */
const EXPIRY = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

const DocumentSchema = z.object({
  signed: z.object({
    expires: z.string().check(
      z.regex(EXPIRY),
      z.refine((text) => !Number.isNaN(Date.parse(text))),
    ),
    keys: z.optional(
      z.record(
        z.string(),
        z.object({
          keytype: z.literal('ed25519'),
          scheme: z.literal('ed25519'),
          keyval: z.object({ public: z.string().check(z.regex(/^[0-9a-f]{64}$/)) }),
        }),
      ),
    ),
  }),
});

/**
 * checkDocument looks at what the library does not: that the end can be read, that a key's name is its hash, and that
 * no key counts twice under two names.
 */
export function checkDocument(bytes: Buffer, name: string): void {
  const { keys = {} } = parse(bytes, name).signed;
  const entries = Object.entries(keys);
  const misnamed = entries.find(([keyId, key]) => keyIdOf(key) !== keyId);
  if (misnamed) throw new ReleaseError('malformed', `${name} has a key under a name of another`);
  const values = new Set(entries.map(([, key]) => key.keyval.public));
  if (values.size < entries.length)
    throw new ReleaseError('malformed', `${name} has a key under two names`);
}

export function keyIdOf({
  keytype,
  scheme,
  keyval,
}: {
  readonly keytype: string;
  readonly scheme: string;
  readonly keyval: { readonly public: string };
}): string {
  const text = canonicalize({ keytype, scheme, keyval: { public: keyval.public } });
  return createHash('sha256').update(text).digest('hex');
}

function parse(bytes: Buffer, name: string): z.infer<typeof DocumentSchema> {
  try {
    return DocumentSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new ReleaseError('malformed', `${name} is not metadata of releases`, { cause });
  }
}
