import { readFile } from 'node:fs/promises';
import path from 'node:path';

const TABLE = 'docs/infrastructure/compatibility.md';
/** | what | `version` | `file` | date, or words | */
const ROW = /^\| ([^|]+?) +\| `([^`]+)` +\| `([^`]+)` +\| ([^|]+?) +\|$/gm;

/** versionProblems finds versions that the table has and the pinned place has not. */
export async function versionProblems(root) {
  const rows = await rowsOf(root);
  if (rows.length === 0) return [`${TABLE} has no versions`];
  const problems = await Promise.all(
    rows.map(async ({ what, version, file }) => {
      const text = await readFile(path.join(root, file), 'utf8').catch(() => '');
      return text.includes(version) ? [] : [`${TABLE}: ${what}: ${file} does not have ${version}`];
    }),
  );
  return problems.flat();
}

/** endedProblems finds what nobody mends any more at that time. */
export async function endedProblems(root, now = new Date()) {
  const today = now.toISOString().slice(0, 10);
  const rows = await rowsOf(root);
  return rows
    .filter(({ until }) => /^\d{4}-\d{2}-\d{2}$/.test(until) && until < today)
    .map(({ what, version, until }) => `${what} ${version} has ended on ${until}`);
}

async function rowsOf(root) {
  const text = await readFile(path.join(root, TABLE), 'utf8');
  return [...text.matchAll(ROW)].map(([, what, version, file, until]) => ({
    what,
    version,
    file,
    until,
  }));
}
