import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Git } from './git-command.ts';
import { splitByClash } from './ref-names.ts';
import { removeStalePacks } from './stale-files.ts';

const PROJECT_ID = /^[0-9a-f-]{36}$/;
const MAIN_BRANCH = 'main';
/** Of branches and tags, each of which is a file. */
const MAX_REFS = 20_000;
export const HEADS = 'refs/heads/';
export const TAGS = 'refs/tags/';
/** Where the branches of a forge are kept, here and in workspaces. */
export const FORGE_REFS = 'refs/remotes/gitlab/';
/** Where commits are kept that were the tip of a branch which had to give way. */
const RETIRED = 'refs/retired/';

/** A branch and the commit at its tip. */
export interface Branch {
  readonly name: string;
  readonly commit: string;
}

/** A tag, and the commit or the tag object that it stands for. */
export interface Tag {
  readonly name: string;
  readonly object: string;
}

/** BareRepositories keeps the committed code of projects; nothing outside this process reaches them. */
export interface BareRepositories {
  /** The directory of the project's repository, created when it is missing. */
  ensure(projectId: string): Promise<string>;
  branches(projectId: string): Promise<Branch[]>;
  tags(projectId: string): Promise<Tag[]>;
  /** Of all tags, also those of files and folders. */
  tagNames(projectId: string): Promise<string[]>;
  /** The branch that a fresh workspace checks out. */
  currentBranch(projectId: string): Promise<string>;
  setCurrentBranch(projectId: string, branch: string): Promise<void>;
  hasCommit(projectId: string, commit: string): Promise<boolean>;
  setBranch(projectId: string, branch: Branch): Promise<void>;
  /** Makes room for a branch: what another stood for is kept, but is no branch any more. */
  retireBranch(projectId: string, branch: Branch): Promise<void>;
  /** Does nothing where there is one of this name, or one in its way: tags never move. */
  addTag(projectId: string, tag: Tag): Promise<void>;
  /**
   * Takes objects, branches and tags out of a bundle, which lies in a directory of its own; all objects are checked.
   * AppError `limit_reached`.
   */
  importBundle(projectId: string, file: string): Promise<void>;
  /** Writes all branches and tags into a bundle. */
  exportBundle(projectId: string, file: string): Promise<void>;
  /** Writes what a ref leads to into a bundle, without what is known already. */
  exportRef(
    projectId: string,
    bundle: { readonly ref: string; readonly known: readonly string[]; readonly file: string },
  ): Promise<void>;
  remove(projectId: string): Promise<void>;
}

export function createBareRepositories(options: {
  readonly directory: string;
  readonly git: Git;
}): BareRepositories {
  const { directory, git } = options;

  function locate(projectId: string): string {
    if (!PROJECT_ID.test(projectId)) throw new Error(`"${projectId}" is not a project id`);
    return path.join(directory, `${projectId}.git`);
  }

  async function ensure(projectId: string): Promise<string> {
    const repository = locate(projectId);
    if (await exists(repository)) return repository;
    // Made aside and renamed: a repository is either complete or not there.
    const unfinished = path.join(directory, `${projectId}.${randomUUID()}.new`);
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    await git(unfinished, [
      'init',
      '--quiet',
      '--bare',
      '--template=',
      `--initial-branch=${MAIN_BRANCH}`,
      '.',
    ]);
    try {
      await rename(unfinished, repository);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      if (!(await exists(repository))) throw error;
    }
    return repository;
  }

  async function inRepository(projectId: string, args: readonly string[]): Promise<string> {
    return git(await ensure(projectId), args);
  }

  async function tagNames(projectId: string): Promise<string[]> {
    const output = await inRepository(projectId, ['for-each-ref', '--format=%(refname)', TAGS]);
    return output.split('\n').flatMap((ref) => (ref === '' ? [] : [ref.slice(TAGS.length)]));
  }

  async function refuseMany(projectId: string, bundle: string): Promise<void> {
    const here = await inRepository(projectId, ['for-each-ref', '--format=%(refname)']);
    const coming = await inRepository(projectId, ['bundle', 'list-heads', path.resolve(bundle)]);
    const names = coming.split('\n').map((line) => line.slice(line.indexOf(' ') + 1));
    if (new Set([...here.split('\n'), ...names]).size > MAX_REFS)
      throw new AppError(
        'limit_reached',
        `The repository has more than ${MAX_REFS} branches and tags, which is the limit`,
      );
  }

  return {
    ensure,
    tagNames,

    async branches(projectId) {
      return parseBranches(await inRepository(projectId, listRefsArguments(HEADS)));
    },

    async tags(projectId) {
      return parseTags(await inRepository(projectId, listRefsArguments(TAGS)));
    },

    async currentBranch(projectId) {
      return (await inRepository(projectId, ['symbolic-ref', '--short', 'HEAD'])).trim();
    },

    async setCurrentBranch(projectId, branch) {
      await inRepository(projectId, ['symbolic-ref', 'HEAD', `${HEADS}${branch}`]);
    },

    async hasCommit(projectId, commit) {
      const type = inRepository(projectId, ['cat-file', '-e', `${commit}^{commit}`]);
      return type.then(
        () => true,
        () => false,
      );
    },

    async setBranch(projectId, { name, commit }) {
      await inRepository(projectId, ['update-ref', `${HEADS}${name}`, commit]);
    },

    async retireBranch(projectId, { name, commit }) {
      await inRepository(projectId, ['update-ref', `${RETIRED}${commit}`, commit]);
      await inRepository(projectId, ['update-ref', '-d', `${HEADS}${name}`, commit]);
    },

    async addTag(projectId, tag) {
      const { name, object } = tag;
      const none = '0'.repeat(object.length);
      try {
        await inRepository(projectId, ['update-ref', `${TAGS}${name}`, object, none]);
      } catch (error) {
        const taken = await tagNames(projectId);
        if (!taken.includes(name) && splitByClash([tag], taken).fitting.length > 0) throw error;
      }
    },

    async importBundle(projectId, file) {
      // Git does not check objects that it takes out of a bundle, only those it fetches from a repository.
      const repository = await ensure(projectId);
      await removeStalePacks(repository);
      await refuseMany(projectId, file);
      const unchecked = `${file}.git`;
      await mkdir(unchecked);
      await git(unchecked, ['init', '--quiet', '--bare', '--template=', '.']);
      await mkdir(path.join(unchecked, 'objects', 'info'), { recursive: true });
      const known = path.join(path.resolve(repository), 'objects');
      await writeFile(path.join(unchecked, 'objects', 'info', 'alternates'), `${known}\n`);
      await git(unchecked, fetchArguments(file));
      await git(repository, fetchArguments(unchecked));
    },

    async exportBundle(projectId, file) {
      await inRepository(projectId, ['bundle', 'create', '--quiet', file, '--branches', '--tags']);
    },

    async exportRef(projectId, { ref, known, file }) {
      const exclusions = known.length === 0 ? [] : ['--not', ...known];
      const wanted = [ref, ...exclusions];
      await inRepository(projectId, ['bundle', 'create', '--quiet', file, ...wanted]);
    },

    async remove(projectId) {
      await rm(locate(projectId), { recursive: true, force: true });
    },
  };
}

/** Branches as they are there; tags only where there is none of their name. */
export const EVERYTHING = [`+${HEADS}*:${HEADS}*`, `${TAGS}*:${TAGS}*`];

function fetchArguments(source: string): string[] {
  const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--update-head-ok'];
  return ['fetch', ...quiet, source, ...EVERYTHING];
}

export function parseBranches(output: string): Branch[] {
  return output.split('\n').flatMap((line) => {
    const match = /^([0-9a-f]{40,64}) refs\/heads\/(\S+)(?: commit)?$/.exec(line);
    const [, commit, name] = match ?? [];
    return commit === undefined || name === undefined ? [] : [{ name, commit }];
  });
}

/** listRefsArguments asks a repository, here or in a workspace, for branches and tags, or for some of them. */
export function listRefsArguments(...prefixes: readonly string[]): string[] {
  const format = '--format=%(objectname) %(refname) %(objecttype)%(*objecttype)';
  return ['for-each-ref', format, ...(prefixes.length === 0 ? [HEADS, TAGS] : prefixes)];
}

/** Without those of files and folders. */
export function parseTags(output: string): Tag[] {
  return output.split('\n').flatMap((line) => {
    const match = /^([0-9a-f]{40,64}) refs\/tags\/(\S+)(?: (?:tag)?commit)?$/.exec(line);
    const [, object, name] = match ?? [];
    return object === undefined || name === undefined ? [] : [{ name, object }];
  });
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
