import type { Manifest } from './manifest.ts';

const MEGABYTE = 1_000_000;

const KEY = {
  inside:
    'The secret key is inside: who has this folder can read everything, and may be anybody. Keep it like a password.',
  left_out:
    'The secret key is NOT inside, and nothing starts without it: keep secret.key of the data directory elsewhere.',
  configured:
    'The secret key is NOT inside, and nothing starts without it: keep SPT_FLOW_SECRET_KEY elsewhere.',
};

/** backupText is what is told once the folder is whole; a trial must not meet a database elsewhere. */
export function backupText(
  folder: string,
  { manifest, isElsewhere }: { manifest: Manifest; isElsewhere: boolean },
): string {
  const bytes = manifest.parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const left = manifest.without.length > 0 ? `Left out: ${manifest.without.join(', ')}.\n` : '';
  return `Made ${folder} (${(bytes / MEGABYTE).toFixed(1)} MB, ${rowsOf(manifest)} rows)
${KEY[manifest.key.where]}
${left}Settings of the environment (.env) are not inside: keep them too.
Try it: ${isElsewhere ? 'DATABASE_URL= ' : ''}npm run restore -- ${folder} --data-dir /tmp/drill
`;
}

/** restoreText is what is told once all is there. */
export function restoreText(dataDirectory: string, manifest: Manifest): string {
  const key =
    manifest.key.where === 'configured'
      ? 'Set SPT_FLOW_SECRET_KEY at each start, as it was set for this restore.\n'
      : '';
  return `Restored ${rowsOf(manifest)} rows and the files as of ${manifest.createdAt}, made by spt-flow ${manifest.madeBy}
${key}Start it: npm start -- --data-dir ${dataDirectory}
What was revoked since then is valid again: revoke it once more.
`;
}

function rowsOf({ database }: Manifest): number {
  return database.tables.reduce((sum, { rows }) => sum + rows, 0);
}
