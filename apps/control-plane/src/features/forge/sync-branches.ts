import {
  FORGE_REFS,
  HEADS,
  splitByClash,
  type BareRepositories,
  type Branch,
  type TrackedBranches,
} from '../git/index.ts';
import type { Move, Rejection, RemoteGit } from './remote-git.ts';

/** Of a repository with more branches, those that nobody has here stay there. */
const MAX_NEW_BRANCHES = 100;

export interface SyncDeps {
  readonly repositories: Pick<BareRepositories, 'ensure' | 'branches' | 'tags' | 'tagNames'>;
  readonly tracked: TrackedBranches;
}

export interface SyncedProject {
  readonly projectId: string;
  readonly remote: RemoteGit;
}

export interface SyncedBranches {
  /** What came from the forge. */
  readonly advanced: readonly Branch[];
  /** As they are in the forge. */
  readonly diverged: readonly Branch[];
  readonly rejected: readonly Rejection[];
  /** On one side only, since a branch on the other one is in the way. */
  readonly leftOut: readonly string[];
}

type Tips = ReadonlyMap<string, string>;

/**
 * syncBranches makes both sides the same where one of them only has to follow. INVARIANT: no commit that is a branch's
 * tip here or there is left behind by a move: what went different ways is told, and stays.
 */
export async function syncBranches(
  { repositories, tracked }: SyncDeps,
  { projectId, remote }: SyncedProject,
  theirBranches: readonly Branch[],
): Promise<SyncedBranches> {
  const repository = await repositories.ensure(projectId);
  const ours = byName(await repositories.branches(projectId));
  const theirs = ofInterest(theirBranches, ours);
  const leftOut = clashesOf(ours, byName(theirBranches));
  const before = await tracked.list(projectId);
  const seen = await look();
  const pushes: Branch[] = [];
  const advanced: Branch[] = [];
  const diverged: Branch[] = [];
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const own = ours.get(name);
    const other = seen.get(name);
    if (other === undefined) {
      if (own !== undefined && (await isNew(name, own))) pushes.push({ name, commit: own });
      continue;
    }
    const branch = { name, commit: other };
    const relation = own === undefined ? 'behind' : await tracked.relate(projectId, own, other);
    // What was taken back there is not pushed again, unless something was added to it here.
    if (relation === 'ahead' && own !== undefined && own !== before.get(name))
      pushes.push({ name, commit: own });
    if (relation === 'diverged') diverged.push(branch);
    if (
      relation === 'behind' &&
      !leftOut.has(name) &&
      (await tracked.advance(projectId, branch, own))
    )
      advanced.push(branch);
  }

  /** Their branches, which are here then as well; what is told of one that was taken back stays as it was. */
  async function look(): Promise<Tips> {
    const unseen: string[] = [];
    const takenBack = new Map<string, string>();
    for (const [name, commit] of theirs) {
      const last = before.get(name);
      if (last === commit) continue;
      if (last !== undefined && (await tracked.isAncestor(projectId, commit, last)))
        takenBack.set(name, commit);
      else unseen.push(name);
    }
    const gone = [...before.keys()].flatMap((name) => (theirs.has(name) ? [] : [{ name }]));
    for (const { name } of splitByClash(gone, unseen).clashing)
      await tracked.forget(projectId, name);
    if (unseen.length > 0)
      await remote.fetch(
        repository,
        unseen.map((name) => `+${HEADS}${name}:${FORGE_REFS}${name}`),
      );
    // A fetch brings what is there by then.
    const fetched = await tracked.list(projectId);
    return new Map(
      [...theirs.keys()].flatMap((name) => {
        const commit = takenBack.get(name) ?? fetched.get(name);
        return commit === undefined ? [] : [[name, commit] as const];
      }),
    );
  }

  /** What was removed there stays removed, unless something was added to it here. */
  async function isNew(name: string, commit: string): Promise<boolean> {
    if (leftOut.has(name)) return false;
    const last = before.get(name);
    if (last === undefined) return true;
    return ['ahead', 'diverged'].includes(await tracked.relate(projectId, commit, last));
  }

  const rejected = pushes.length === 0 ? [] : await remote.push(repository, pushes.map(toMove));
  const refused = new Set(rejected.map(({ ref }) => ref));
  for (const branch of pushes)
    if (!refused.has(toMove(branch).ref)) await tracked.setTracked(projectId, branch);
  return { advanced, diverged, rejected, leftOut: [...leftOut] };
}

function toMove({ name, commit }: Branch): Move {
  return { ref: `${HEADS}${name}`, object: commit };
}

/** Of both sides, as far as the other one does not have them. */
function clashesOf(ours: Tips, theirs: Tips): ReadonlySet<string> {
  const only = (these: Tips, others: Tips) =>
    [...these.keys()].filter((name) => !others.has(name)).map((name) => ({ name }));
  return new Set(
    [
      ...splitByClash(only(ours, theirs), theirs.keys()).clashing,
      ...splitByClash(only(theirs, ours), ours.keys()).clashing,
    ].map(({ name }) => name),
  );
}

function byName(branches: readonly Branch[]): Map<string, string> {
  return new Map(branches.map(({ name, commit }) => [name, commit]));
}

function ofInterest(theirs: readonly Branch[], ours: Tips) {
  const known = theirs.filter(({ name }) => ours.has(name));
  const others = theirs.filter(({ name }) => !ours.has(name));
  return byName([...known, ...others.slice(0, MAX_NEW_BRANCHES)]);
}
