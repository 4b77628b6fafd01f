import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { badContents, badNames, missingFromLock } from '@spt-flow/tooling/repository-files';
import { statusProblems } from '@spt-flow/tooling/requirements-status';
import { ROOT, inRoot } from './root.mjs';

const MAX_TEXT_BYTES = 1_000_000;

/** checkNames looks at every file that git knows or would add, at the lock file and at the list of requirements. */
export function checkNames() {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const files = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean);
  const problems = [
    ...badNames(files),
    ...files.flatMap((file) => badContents(file, readText(file))),
    ...missingFromLock(JSON.parse(readText('package-lock.json'))),
    ...statusProblems(readText('docs/requirements-status.md'), (file) => existsSync(inRoot(file))),
  ];
  return { exitCode: problems.length > 0 ? 1 : 0, output: problems.join('\n') };
}

function readText(file) {
  try {
    const bytes = readFileSync(inRoot(file));
    return bytes.length > MAX_TEXT_BYTES || bytes.includes(0) ? '' : bytes.toString('utf8');
  } catch (error) {
    // A file that is deleted but not yet committed, or a link to a folder.
    if (error.code === 'ENOENT' || error.code === 'EISDIR') return '';
    throw error;
  }
}
