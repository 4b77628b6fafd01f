import * as z from 'zod';
import { ForgeProblem } from '../forge-problem.ts';
import type { GitlabCall, GitlabHttp } from './gitlab-http.ts';

const MAX_PAGES = 10;
const PAGE_SIZE = 50;
const PIPELINE_STATES = [
  ...['created', 'waiting_for_resource', 'preparing', 'waiting_for_callback', 'pending'],
  ...['running', 'canceling', 'success', 'failed', 'canceled', 'skipped', 'manual', 'scheduled'],
] as const;

const Instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const Commit = z.string().regex(/^[0-9a-f]{40,64}$/);
/** A newer GitLab has states that are not known here: they are work that goes on. */
const State = z.enum(PIPELINE_STATES).catch('running');

const VersionSchema = z.object({ version: z.string().max(64) });
const TokenSchema = z.object({
  active: z.boolean(),
  scopes: z.array(z.string().max(64)).max(50),
  expires_at: z.string().max(32).nullable(),
});
const GroupSchema = z.object({ id: z.int(), full_path: z.string() });
/** Its path becomes part of addresses, so it holds nothing else. */
const ProjectSchema = z.object({
  id: z.int().positive(),
  path_with_namespace: z
    .string()
    .max(1024)
    .regex(/^(?!(?:.*\/)?\.\.?(?:\/|$))[\w.-]+(?:\/[\w.-]+)+$/),
  description: z.string().nullable(),
  archived: z.boolean().default(false),
});
const HookSchema = z.object({
  id: z.int(),
  url: z.string(),
  signing_token_present: z.boolean().default(false),
  alert_status: z.string().default('executable'),
});
const PipelineSchema = z.object({
  id: z.int().positive(),
  ref: z.string().max(255),
  sha: Commit,
  status: State,
  updated_at: Instant,
});
const PipelineDetailSchema = PipelineSchema.extend({
  yaml_errors: z.string().nullish(),
  created_at: Instant,
  started_at: Instant.nullish(),
  finished_at: Instant.nullish(),
});
const JobSchema = z.object({
  id: z.int().positive(),
  name: z.string().max(255),
  stage: z.string().max(255),
  status: State,
  allow_failure: z.boolean().default(false),
  failure_reason: z.string().nullish(),
  started_at: Instant.nullish(),
  finished_at: Instant.nullish(),
});
export type GitlabProject = z.infer<typeof ProjectSchema>;
export type GitlabPipeline = z.infer<typeof PipelineDetailSchema>;
export type GitlabJob = z.infer<typeof JobSchema>;

export interface GitlabAction {
  readonly action: 'create' | 'update' | 'delete';
  readonly file_path: string;
  readonly content?: string;
  readonly encoding?: 'text';
  readonly last_commit_id?: string;
}

/** What a hook is made of. */
export interface GitlabHook {
  readonly url: string;
  readonly token: string;
  readonly signing_token: string;
  readonly enable_ssl_verification: boolean;
}

export type GitlabApi = ReturnType<typeof createGitlabApi>;

/** createGitlabApi is the part of GitLab's API of version 4 that is used here, with answers checked. */
export function createGitlabApi(http: GitlabHttp) {
  async function ask<T>(schema: z.ZodType<T>, call: GitlabCall): Promise<T> {
    const { text } = await http(call);
    return parse(schema, text);
  }

  /** All pages, up to a limit. */
  async function list<T>(item: z.ZodType<T>, call: Omit<GitlabCall, 'method'>): Promise<T[]> {
    const items: T[] = [];
    let page: string | undefined = '1';
    for (let count = 0; page !== undefined && count < MAX_PAGES; count += 1) {
      const query = { ...call.query, per_page: String(PAGE_SIZE), page };
      const { text, nextPage } = await http({ ...call, method: 'GET', query });
      items.push(...parse(z.array(item), text));
      page = nextPage;
    }
    return items;
  }

  const get = <T>(schema: z.ZodType<T>, path: string) => ask(schema, { method: 'GET', path });

  return {
    version: () => get(VersionSchema, 'version'),
    ownToken: () => get(TokenSchema, 'personal_access_tokens/self'),
    group: (fullPath: string) => get(GroupSchema, `groups/${encodeURIComponent(fullPath)}`),
    createGroup: (group: { name: string; path: string; parent_id: number }) =>
      ask(GroupSchema, {
        ...{ method: 'POST', path: 'groups' },
        body: { ...group, visibility: 'private' },
      }),

    project: (idOrPath: number | string) =>
      get(ProjectSchema, `projects/${encodeURIComponent(idOrPath)}`),
    createProject: (project: {
      name: string;
      path: string;
      namespace_id: number;
      description: string;
    }) =>
      ask(ProjectSchema, {
        ...{ method: 'POST', path: 'projects' },
        body: { ...project, visibility: 'private', auto_devops_enabled: false },
      }),

    commit: (
      id: number,
      commit: {
        branch: string;
        commit_message: string;
        actions: readonly GitlabAction[];
        author_name: string;
        author_email: string;
      },
    ) =>
      ask(z.object({ id: Commit }), {
        ...{ method: 'POST', path: `projects/${id}/repository/commits` },
        body: commit,
      }),

    hooks: (id: number) => list(HookSchema, { path: `projects/${id}/hooks` }),
    putHook: (id: number, hook: GitlabHook, hookId?: number) =>
      ask(HookSchema, {
        method: hookId === undefined ? 'POST' : 'PUT',
        path: `projects/${id}/hooks${hookId === undefined ? '' : `/${hookId}`}`,
        body: { ...hook, push_events: true, pipeline_events: true, job_events: true },
      }),

    startPipeline: (id: number, ref: string) =>
      ask(PipelineDetailSchema, {
        ...{ method: 'POST', path: `projects/${id}/pipeline` },
        body: { ref },
      }),
    pipeline: (id: number, pipelineId: number) =>
      get(PipelineDetailSchema, `projects/${id}/pipelines/${pipelineId}`),
    /** Oldest change first, so that what was read before a failure is not lost. */
    pipelinesSince: (id: number, since: Date) =>
      list(PipelineSchema, {
        path: `projects/${id}/pipelines`,
        query: { updated_after: since.toISOString(), order_by: 'updated_at', sort: 'asc' },
      }),
    /** Also those that were run again, each by its own id. */
    jobs: (id: number, pipelineId: number) =>
      list(JobSchema, {
        path: `projects/${id}/pipelines/${pipelineId}/jobs`,
        query: { include_retried: 'true' },
      }),
    /** The end of what a job printed. */
    trace: async (id: number, jobId: number, tailBytes: number) => {
      const path = `projects/${id}/jobs/${jobId}/trace`;
      const { text, isCut } = await http({ method: 'GET', path, tailBytes });
      return { text, isCut };
    },
  };
}

function parse<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ForgeProblem('unexpected', 'What answers at GITLAB_URL is not the API of GitLab', {
      cause,
    });
  }
}
