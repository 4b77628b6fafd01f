import { ForgeProblem } from '../forge-problem.ts';
import type { GitlabApi, GitlabProject } from './gitlab-api.ts';
import type { HookKeys } from './hook-keys.ts';

/** What a project is called here. */
export interface LocalProject {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly description: string | null;
  readonly organization: { readonly name: string; readonly slug: string };
}

export interface RemoteProjectsDeps {
  readonly api: GitlabApi;
  /** Full path of the group that holds those of organizations. */
  readonly group: string;
}

export type RemoteProjects = ReturnType<typeof createRemoteProjects>;

/** createRemoteProjects makes groups, projects and hooks in GitLab; repeating it finds what an answer was lost of. */
export function createRemoteProjects({ api, group }: RemoteProjectsDeps) {
  async function ensureGroup(
    parentId: number,
    { name, slug }: LocalProject['organization'],
  ): Promise<number> {
    const fullPath = `${group}/${slug}`;
    const found = await unlessMissing(api.group(fullPath));
    if (found) return found.id;
    try {
      return (await api.createGroup({ name: plain(name), path: slug, parent_id: parentId })).id;
    } catch (error) {
      // Another replica made it, or the name is that of another organization.
      if (!(error instanceof ForgeProblem) || error.fault !== 'taken') throw error;
      const made = await unlessMissing(api.group(fullPath));
      return (made ?? (await api.createGroup({ name: slug, path: slug, parent_id: parentId }))).id;
    }
  }

  /** A path that is taken by something else gets the beginning of the id at its end. */
  async function createOrFind(project: LocalProject, groupId: number): Promise<GitlabProject> {
    const paths = [project.slug, `${project.slug}-${project.id.slice(0, 8)}`];
    for (const path of paths) {
      try {
        return await api.createProject({
          ...{ path, name: path, namespace_id: groupId },
          description: describe(project),
        });
      } catch (error) {
        if (!(error instanceof ForgeProblem) || error.fault !== 'taken') throw error;
        const found = await unlessMissing(
          api.project(`${group}/${project.organization.slug}/${path}`),
        );
        if (found?.description?.endsWith(markOf(project.id))) return found;
      }
    }
    throw new ForgeProblem(
      'refused',
      `GitLab has projects of others named ${paths.join(' and ')}: rename or remove one of them there`,
    );
  }

  return {
    /** The project in GitLab by its id there, or a new one. */
    async ensure(
      project: LocalProject,
      known: { readonly remoteId: number | null; readonly parentId: number },
    ): Promise<GitlabProject> {
      if (known.remoteId === null)
        return createOrFind(project, await ensureGroup(known.parentId, project.organization));
      const found = await unlessMissing(api.project(known.remoteId));
      if (!found)
        throw new ForgeProblem(
          'missing',
          'The project is not in GitLab any more, or its token does not see it. Carry it now to make a new one',
        );
      if (found.archived)
        throw new ForgeProblem('refused', 'The project is archived in GitLab: unarchive it there');
      return found;
    },

    /** Lets GitLab tell of pushes and pipelines; finds the hook of an attempt before by its address. */
    async ensureHook(
      remoteId: number,
      { url, keys }: { readonly url: string; readonly keys: HookKeys },
    ): Promise<{ readonly hookId: number; readonly isSigned: boolean }> {
      const present = (await api.hooks(remoteId)).find((hook) => hook.url === url);
      const hook = await api.putHook(
        remoteId,
        {
          ...{ url, token: keys.token, signing_token: keys.signingToken },
          enable_ssl_verification: url.startsWith('https:'),
        },
        present?.id,
      );
      return { hookId: hook.id, isSigned: hook.signing_token_present };
    },
  };
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ForgeProblem && error.fault === 'missing') return undefined;
    throw error;
  }
}

function markOf(projectId: string): string {
  return `(spt-flow ${projectId})`;
}

function describe({ id, name, description }: LocalProject): string {
  const words = description === null ? name : `${name}: ${description}`;
  return `${words.slice(0, 1_500)} ${markOf(id)}`;
}

/** GitLab refuses other characters in names. */
function plain(name: string): string {
  return (
    name
      .replace(/[^\p{L}\p{N}_.() -]+/gu, ' ')
      .replace(/^[^\p{L}\p{N}_]+/u, '')
      .trim() || 'organization'
  );
}
