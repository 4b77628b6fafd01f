import type { BareRepositories, Branch, TrackedBranches } from '../git/index.ts';
import type { Rejection, RemoteGit } from './remote-git.ts';

/** Of a repository with more branches, those that nobody has here stay there. */
const MAX_NEW_BRANCHES = 100;

export interface SyncDeps {
  readonly repositories: Pick<BareRepositories, 'ensure' | 'branches'>;
  readonly tracked: TrackedBranches;
}

export interface Synced {
  readonly pushed: readonly Branch[];
  /** What came from the forge. */
  readonly advanced: readonly Branch[];
  /** As they are in the forge. */
  readonly diverged: readonly Branch[];
  readonly rejected: readonly Rejection[];
}

/**
 * syncBranches makes both sides the same where one of them only has to follow. INVARIANT: no commit that is a branch's
 * tip here or there is left behind by a move: what went different ways is told, and stays.
 */
export async function syncBranches(
  { repositories, tracked }: SyncDeps,
  { projectId, remote }: { readonly projectId: string; readonly remote: RemoteGit },
): Promise<Synced> {
  const repository = await repositories.ensure(projectId);
  const ours = byName(await repositories.branches(projectId));
  const theirs = ofInterest(await remote.heads(), ours);
  const before = await tracked.list(projectId);
  const unseen = [...theirs].filter(([name, commit]) => before.get(name) !== commit);
  if (unseen.length > 0)
    await remote.fetch(
      repository,
      unseen.map(([name]) => name),
    );
  // A fetch brings what is there by then.
  const seen = await tracked.list(projectId);
  const pushes: Branch[] = [];
  const advanced: Branch[] = [];
  const diverged: Branch[] = [];
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const own = ours.get(name);
    const other = theirs.has(name) ? seen.get(name) : undefined;
    if (other === undefined) {
      if (own !== undefined && (await isNew(name, own))) pushes.push({ name, commit: own });
      continue;
    }
    const branch = { name, commit: other };
    const relation = own === undefined ? 'behind' : await tracked.relate(projectId, own, other);
    if (relation === 'ahead' && own !== undefined) pushes.push({ name, commit: own });
    if (relation === 'diverged') diverged.push(branch);
    if (relation === 'behind' && (await tracked.advance(projectId, branch, own)))
      advanced.push(branch);
  }

  /** What was removed there stays removed, unless something was added to it here. */
  async function isNew(name: string, commit: string): Promise<boolean> {
    const last = before.get(name);
    if (last === undefined) return true;
    return ['ahead', 'diverged'].includes(await tracked.relate(projectId, commit, last));
  }

  const rejected = pushes.length === 0 ? [] : await remote.push(repository, pushes);
  const pushed = pushes.filter(({ name }) => !rejected.some(({ branch }) => branch === name));
  for (const branch of pushed) await tracked.setTracked(projectId, branch);
  return { pushed, advanced, diverged, rejected };
}

function byName(branches: readonly Branch[]): Map<string, string> {
  return new Map(branches.map(({ name, commit }) => [name, commit]));
}

function ofInterest(theirs: readonly Branch[], ours: ReadonlyMap<string, string>) {
  const known = theirs.filter(({ name }) => ours.has(name));
  const others = theirs.filter(({ name }) => !ours.has(name));
  return byName([...known, ...others.slice(0, MAX_NEW_BRANCHES)]);
}
