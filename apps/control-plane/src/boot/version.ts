import { readFileSync } from 'node:fs';
import path from 'node:path';

/** readVersion returns the version of this program, which lies beside what was built. */
export function readVersion(distribution: string): string {
  const manifest: unknown = JSON.parse(
    readFileSync(path.join(distribution, '..', 'package.json'), 'utf8'),
  );
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest
      ? manifest.version
      : undefined;
  return String(version);
}
