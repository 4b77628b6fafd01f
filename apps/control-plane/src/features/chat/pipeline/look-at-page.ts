import type { ChangeSet } from '@spt-flow/shared/api/change-sets';
import { maskSecrets } from '../tools/secrets.ts';
import type { TurnRun } from './turn-run.ts';
import type { PageProof } from './turn-types.ts';

const FIRST_ERROR_STATUS = 400;

/** lookAtPage opens the changed app in a browser; null when there is none, or nothing to look at. */
export async function lookAtPage(run: TurnRun, { probe }: ChangeSet): Promise<PageProof | null> {
  const { lookAt, secrets } = run.input;
  if (lookAt === null || probe?.status == null || probe.status >= FIRST_ERROR_STATUS) return null;
  const id = `page-${run.steps.all.length}`;
  run.steps.start(id, 'Looking at the page');
  const { pathname, search } = new URL(probe.url, 'http://localhost');
  const proof = await lookAt(pathname + search);
  if (proof === null) {
    run.steps.relabel(id, { ok: true, label: 'No browser could look at the page' });
    return null;
  }
  const problems = proof.problems.map((problem) => maskSecrets(problem, secrets));
  const seen = { ...proof, problems };
  run.steps.relabel(id, {
    ok: isFine(seen),
    label: isFine(seen) ? 'Looked at the page in a browser' : 'The page reports errors',
    ...(problems.length > 0 && { detail: problems.join('\n') }),
  });
  return seen;
}

/** Errors of a page that was not loaded whole are shown, but prove nothing. */
export function isFine({ problems, isPartial }: PageProof): boolean {
  return problems.length === 0 || isPartial;
}
