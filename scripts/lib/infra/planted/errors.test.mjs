import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { inRoot } from '../../root.mjs';
import { plantErrors } from './mutations.mjs';
import { PLANTED_ERRORS } from './errors.mjs';
import { quickSteps } from '../quick-steps.mjs';

/** Files that no check of these reads, and why that is right. */
const ELSEWHERE = {
  'infra/images .ca': 'npm run images:check builds with it',
  'infra/images .go': 'Go compiles it for npm run images',
  'infra/images .mod': 'Go compiles it for npm run images',
  'infra/images .sum': 'Go compiles it for npm run images',
  'infra/images .json': 'npm ci refuses a lock file that does not fit',
  'infra/images .md': 'people read it',
  'infra/images .toml': 'npm run images:check has containerd read it',
  'infra/images .yaml': 'npm run images:check starts the mirror with it',
  'infra/kubernetes .go': 'Go compiles it for compose config and kubernetes cluster',
  'infra/kubernetes .mod': 'Go compiles it for compose config and kubernetes cluster',
  'infra/kubernetes .sum': 'Go compiles it for compose config and kubernetes cluster',
  'infra/kubernetes .hcl': 'Vault reads its policy',
  'infra/kubernetes .helmignore': 'only leaves files out',
  'infra/images .Caddyfile': 'Caddy reads it in npm run compose:trial',
  'infra/observability .go': 'Go compiles it for the check dashboards',
  'infra/observability .mod': 'Go compiles it for the check dashboards',
  'infra/observability .sum': 'Go compiles it for the check dashboards',
  'docker .Caddyfile': 'Caddy reads it',
};

describe('planted errors', () => {
  it('are one at least for each kind of file', async () => {
    const planted = new Set(PLANTED_ERRORS.map(({ file }) => kindOf(file)));
    const kinds = new Set((await filesOf('infra', 'docker')).map(kindOf));

    expect([...kinds].filter((kind) => !planted.has(kind) && !(kind in ELSEWHERE))).toEqual([]);
  });

  it('that need no program are found by the checks of `npm run check`', async () => {
    const names = new Set(quickSteps('/').map(({ name }) => name));
    const errors = PLANTED_ERRORS.filter(({ found }) => names.has(found));

    expect(errors.length).toBeGreaterThan(40);
    expect(new Set(errors.map(({ found }) => found))).toEqual(names);
    expect(await plantErrors(errors, quickSteps)).toEqual([]);
  }, 120_000);
});

/** `infra/policy .rego`: the area and what the name ends with. */
function kindOf(file) {
  const parts = file.split('/');
  const area = parts[0] === 'infra' ? parts.slice(0, 2).join('/') : parts[0];
  const name = parts.at(-1) ?? '';
  return `${area} .${name.split('.').at(-1)}`;
}

async function filesOf(...folders) {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(inRoot(folder), { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile() && entry.name !== '.env')
        .map((entry) => path.relative(inRoot('.'), path.join(entry.parentPath, entry.name)));
    }),
  );
  return found.flat();
}
