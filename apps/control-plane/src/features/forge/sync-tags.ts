import { splitByClash, TAGS, type Tag } from '../git/index.ts';
import type { Rejection } from './remote-git.ts';
import type { SyncDeps, SyncedProject } from './sync-branches.ts';

/** One visit carries so many each way; the next one carries more. */
const MAX_AT_ONCE = 200;

export interface SyncedTags {
  readonly rejected: readonly Rejection[];
  /** Called the same here and there, and something else: neither is moved. */
  readonly differing: readonly string[];
  /** On one side only, since a tag on the other one is in the way. */
  readonly leftOut: readonly string[];
}

/** syncTags gives each side the tags that only the other one has. What was removed in the forge is not pushed again. */
export async function syncTags(
  { repositories, tracked }: SyncDeps,
  { projectId, remote }: SyncedProject,
  theirs: readonly Tag[],
): Promise<SyncedTags> {
  const repository = await repositories.ensure(projectId);
  const ours = byName(await repositories.tags(projectId));
  const once = await tracked.tags(projectId);
  const others = byName(theirs);
  const here = new Set([...(await repositories.tagNames(projectId)), ...once.keys()]);
  const wanted = splitByClash(
    theirs.filter(({ name }) => !here.has(name)),
    here,
  );
  const missing = wanted.fitting.slice(0, MAX_AT_ONCE);
  if (missing.length > 0)
    await remote.fetch(
      repository,
      missing.map(({ name }) => `${TAGS}${name}:${TAGS}${name}`),
    );
  const offered = splitByClash(
    [...ours]
      .filter(([name]) => !others.has(name) && !once.has(name))
      .map(([name, object]) => ({ name, object })),
    [...others.keys(), ...once.keys()],
  );
  const pushes = offered.fitting.slice(0, MAX_AT_ONCE);
  const moves = pushes.map(({ name, object }) => ({ ref: `${TAGS}${name}`, object }));
  const rejected = moves.length === 0 ? [] : await remote.push(repository, moves);
  const refused = new Set(rejected.map(({ ref }) => ref));
  const pushed = pushes.filter(({ name }) => !refused.has(`${TAGS}${name}`));
  const both = theirs.filter(({ name }) => ours.has(name) && !once.has(name));
  for (const tag of [...missing, ...pushed, ...both.slice(0, MAX_AT_ONCE)])
    await tracked.setTrackedTag(projectId, tag);
  const differing = theirs.filter(({ name, object }) => (ours.get(name) ?? object) !== object);
  const leftOut = [...wanted.clashing, ...offered.clashing];
  return { rejected, differing: differing.map(nameOf), leftOut: leftOut.map(nameOf) };
}

function nameOf({ name }: Tag): string {
  return name;
}

function byName(tags: readonly Tag[]): Map<string, string> {
  return new Map(tags.map(({ name, object }) => [name, object]));
}
