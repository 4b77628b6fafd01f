import {
  FORGE_REFS,
  HEADS,
  type BareRepositories,
  type Branch,
  type Tag,
} from './bare-repositories.ts';
import type { Git } from './git-command.ts';
import { splitByClash } from './ref-names.ts';

/** How one commit stands to another. */
export type Relation = 'same' | 'ahead' | 'behind' | 'diverged';

export type TrackedBranches = ReturnType<typeof createTrackedBranches>;

/** Which tags the forge had once: those that were removed there are not pushed again. */
const FORGE_TAGS = 'refs/gitlab-tags/';

/** createTrackedBranches compares a project's branches with those of the forge, as they were fetched last. */
export function createTrackedBranches({
  repositories,
  git,
}: {
  readonly repositories: Pick<BareRepositories, 'ensure'>;
  readonly git: Git;
}) {
  async function run(projectId: string, args: readonly string[]): Promise<string> {
    return git(await repositories.ensure(projectId), args);
  }

  function isAncestor(projectId: string, older: string, newer: string): Promise<boolean> {
    return run(projectId, ['merge-base', '--is-ancestor', older, newer]).then(
      () => true,
      () => false,
    );
  }

  async function listUnder(prefix: string, projectId: string): Promise<Map<string, string>> {
    const format = '--format=%(objectname) %(refname)';
    const output = await run(projectId, ['for-each-ref', format, prefix]);
    return new Map(
      output.split('\n').flatMap((line) => {
        const [object = '', ref = ''] = line.split(' ');
        return ref === '' ? [] : [[ref.slice(prefix.length), object] as const];
      }),
    );
  }

  const list = (projectId: string) => listUnder(FORGE_REFS, projectId);

  return {
    list,
    isAncestor,
    tags: (projectId: string) => listUnder(FORGE_TAGS, projectId),

    async setTrackedTag(projectId: string, { name, object }: Tag): Promise<void> {
      await run(projectId, ['update-ref', `${FORGE_TAGS}${name}`, object]);
    },

    /** How ours stands to theirs; both are here. */
    async relate(projectId: string, ours: string, theirs: string): Promise<Relation> {
      if (ours === theirs) return 'same';
      if (await isAncestor(projectId, theirs, ours)) return 'ahead';
      return (await isAncestor(projectId, ours, theirs)) ? 'behind' : 'diverged';
    },

    /** Moves a branch, unless it moved in between, or another came to be in its way: then false. */
    async advance(projectId: string, branch: Branch, from: string | undefined): Promise<boolean> {
      const { name, commit } = branch;
      const old = from ?? '0'.repeat(commit.length);
      try {
        await run(projectId, ['update-ref', `${HEADS}${name}`, commit, old]);
        return true;
      } catch (error) {
        const now = await listUnder(HEADS, projectId);
        if (now.get(name) !== from || splitByClash([branch], now.keys()).clashing.length > 0)
          return false;
        throw error;
      }
    },

    async setTracked(projectId: string, { name, commit }: Branch): Promise<void> {
      await run(projectId, ['update-ref', `${FORGE_REFS}${name}`, commit]);
    },

    async forget(projectId: string, name: string): Promise<void> {
      await run(projectId, ['update-ref', '-d', `${FORGE_REFS}${name}`]);
    },

    /** Which of the files a branch of the forge has, with the commit that changed each last. */
    async filesOf(projectId: string, branch: string, paths: readonly string[]) {
      const ref = `${FORGE_REFS}${branch}`;
      const known = new Map<string, string>();
      if (!(await list(projectId)).has(branch)) return known;
      for (const path of paths) {
        const found = await run(projectId, ['ls-tree', '-z', '--name-only', ref, '--', path]);
        if (found !== `${path}\0`) continue;
        const log = ['log', '-1', '--format=%H', ref, '--', `:(literal)${path}`];
        known.set(path, (await run(projectId, log)).trim());
      }
      return known;
    },
  };
}
