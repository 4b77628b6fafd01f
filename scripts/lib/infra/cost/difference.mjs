import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inRoot } from '../../root.mjs';
import { importTypeScript } from '../tools/import-typescript.mjs';
import { output } from '../tools/programs.mjs';

const FOLDER = 'packages/shared/src/domain';
const FILES = ['infra-cost.ts', 'aws-prices.json'];
/** As the tables of docs/infrastructure/cost.md. */
const ASKED = {
  ...{ workspaces: 40, hoursPerWeek: 57.5, hoursPerWorkday: 11.5, holidaysPerYear: 0 },
  ...{ spotDiscountPercent: 70, onDemandPercent: 20 },
};
const WAYS = { always: '24x7', scheduled: 'schedule', spot: 'spot', scheduledSpot: 'both' };

/** costDifference tells what the change since `base` does to the cost of each pattern, a line each. */
export async function costDifference(base) {
  const before = await modelOf(base);
  if (!before) return [`${base} has no estimate to compare with`];
  const after = await importTypeScript(inRoot(FOLDER, 'infra-cost.ts'));
  return differences(totals(before), totals(after));
}

/** baseOfChange is the commit that a branch left the main one at; on the main one, the commit before. */
export async function baseOfChange() {
  for (const main of ['origin/main', 'main']) {
    const base = await git('merge-base', 'HEAD', main);
    if (base && base !== (await git('rev-parse', 'HEAD'))) return base;
  }
  return git('rev-parse', '--verify', '--quiet', 'HEAD~1');
}

async function modelOf(commit) {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-cost-base-'));
  try {
    for (const file of FILES) {
      const { exitCode, stdout } = await output('git', ['show', `${commit}:${FOLDER}/${file}`]);
      if (exitCode !== 0) return undefined;
      await writeFile(path.join(folder, file), stdout);
    }
    return await importTypeScript(path.join(folder, 'infra-cost.ts'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function git(...args) {
  const { exitCode, stdout } = await output('git', args);
  return exitCode === 0 ? stdout.trim() : undefined;
}

function totals({ INFRA_PATTERNS, estimateCost }) {
  return Object.fromEntries(
    INFRA_PATTERNS.map((pattern) => [pattern, estimateCost({ pattern, ...ASKED }).total]),
  );
}

/** differences compares dollars a month by pattern, in each way to run. */
export function differences(before, after) {
  const lines = Object.keys({ ...before, ...after }).flatMap((pattern) => {
    if (!before[pattern]) return [`${pattern}: is new`];
    if (!after[pattern]) return [`${pattern}: is gone`];
    return changes(before[pattern], after[pattern]).map((text) => `${pattern}: ${text}`);
  });
  return lines.length > 0 ? lines : ['The cost of no pattern changes'];
}

function changes(before, after) {
  return Object.entries(WAYS).flatMap(([way, name]) => {
    const [from, to] = [before[way], after[way]].map((usd) => Math.round(usd ?? 0));
    if (from === to) return [];
    return [`${name} ${from} → ${to} USD a month (${to > from ? '+' : ''}${to - from})`];
  });
}
