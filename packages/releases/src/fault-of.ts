import { LengthOrHashMismatchError, UnsignedMetadataError } from '@tufjs/models/dist/error.js';
import { BadVersionError, ExpiredMetadataError } from 'tuf-js/dist/error.js';
import type { ReleaseFault } from './release-error.ts';

/** faultOf names what the library found wrong. */
export function faultOf(error: unknown): ReleaseFault {
  if (error instanceof ExpiredMetadataError) return 'expired';
  if (error instanceof UnsignedMetadataError) return 'signature';
  if (error instanceof LengthOrHashMismatchError) return 'mixed';
  // The same class for what is older than before and for what does not belong together.
  if (error instanceof BadVersionError)
    return error.message.includes('less than') || error.message.startsWith('Expected version')
      ? 'rolled_back'
      : 'mixed';
  return 'malformed';
}
