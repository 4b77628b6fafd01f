import type { CloneOptions } from '@spt-flow/shared/domain/clone-options';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { WorkspaceGit } from './workspace-git.ts';

/** What is to be checked out. */
export type FoundRef =
  | { readonly kind: 'branch'; readonly name: string }
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'commit'; readonly name: string };

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const HEADS = 'refs/heads/';

/** findRef asks the remote what a name stands for; null: nothing was ever committed there. */
export async function findRef(
  git: WorkspaceGit,
  { ref }: Pick<CloneOptions, 'ref'>,
): Promise<FoundRef | null> {
  const asked = ref === null ? ['HEAD'] : ['HEAD', `${HEADS}${ref}`, `refs/tags/${ref}`];
  const answer = await git.insist(['ls-remote', '--symref', 'origin', ...asked]);
  const lines = answer.split('\n').map((line) => line.split('\t'));
  const has = (name: string) => lines.some(([, found]) => found === name);
  if (ref === null) return mainOf(lines);
  if (has(`${HEADS}${ref}`)) return { kind: 'branch', name: ref };
  if (has(`refs/tags/${ref}`)) return { kind: 'tag', name: ref };
  if (COMMIT.test(ref)) return { kind: 'commit', name: ref };
  throw new AppError('clone_failed', `The repository has no branch, tag or commit "${ref}"`);
}

function mainOf(lines: readonly string[][]): FoundRef | null {
  const heads = lines.filter(([, name]) => name === 'HEAD').map(([value = '']) => value);
  const branch = heads.find((value) => value.startsWith(`ref: ${HEADS}`));
  if (branch !== undefined) return { kind: 'branch', name: branch.slice(`ref: ${HEADS}`.length) };
  const commit = heads.find((value) => COMMIT.test(value));
  return commit === undefined ? null : { kind: 'commit', name: commit };
}

const ALL_BRANCHES = '+refs/heads/*:refs/remotes/origin/*';

/** refspecsOf is what is fetched: with a depth the wanted ref alone. */
export function refspecsOf(ref: FoundRef, { depth }: Pick<CloneOptions, 'depth'>): string[] {
  const others = depth === null ? [ALL_BRANCHES] : [];
  switch (ref.kind) {
    case 'branch':
      return depth === null ? others : [`+${HEADS}${ref.name}:refs/remotes/origin/${ref.name}`];
    case 'tag':
      return [...others, `+refs/tags/${ref.name}:refs/tags/${ref.name}`];
    case 'commit':
      return [...others, ref.name];
  }
}

/** checkoutOf is how git gets there: on a branch that follows the remote's, or on no branch. */
export function checkoutOf({ kind, name }: FoundRef): string[] {
  if (kind === 'branch') return ['-B', name, '--track', `origin/${name}`];
  return ['--detach', kind === 'tag' ? `refs/tags/${name}` : name];
}
