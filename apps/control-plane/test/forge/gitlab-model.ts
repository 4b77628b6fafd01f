import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { pushFiles } from './gitlab-git.ts';

const run = promisify(execFile);

interface Group {
  id: number;
  name: string;
  path: string;
  full_path: string;
  parent_id: number | null;
}
export interface Project {
  id: number;
  path_with_namespace: string;
  description: string | null;
  archived: boolean;
}
interface Hook {
  id: number;
  project: number;
  url: string;
  token?: string;
  signing_token?: string;
}
export interface ModelPipeline {
  id: number;
  project: number;
  ref: string;
  sha: string;
  status: string;
  created_at: string;
  updated_at: string;
  started_at: string | null;
  finished_at: string | null;
  yaml_errors: string | null;
}
interface Job {
  id: number;
  pipeline: number;
  name: string;
  stage: string;
  status: string;
  allow_failure: boolean;
  failure_reason?: string;
  started_at: string | null;
  finished_at: string | null;
  trace: string;
}

export interface Model {
  readonly folder: string;
  version: string;
  expiresAt: string | null;
  /** Has the newer kind of proof. */
  signsHooks: boolean;
  /** Does not permit hooks to the local network, as is the default. */
  blocksHooks: boolean;
  lastId: number;
  readonly tokens: Map<string, string[]>;
  readonly groups: Group[];
  readonly projects: Project[];
  readonly hooks: Hook[];
  readonly pipelines: ModelPipeline[];
  readonly jobs: Job[];
}

/** Refusal is an answer other than success. */
export class Refusal extends Error {
  readonly status: number;
  readonly words: unknown;
  constructor(status: number, words: unknown) {
    super(String(words));
    [this.status, this.words] = [status, words];
  }
}

export interface Call {
  readonly model: Model;
  readonly scopes: readonly string[];
  readonly params: readonly string[];
  readonly query: Record<string, string>;
  readonly body: unknown;
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly scope?: 'any';
  readonly query?: z.ZodType<Record<string, string>>;
  readonly body?: z.ZodType;
  answer(
    call: Call,
  ):
    | Promise<{ body: unknown; headers?: Record<string, string> }>
    | { body: unknown; headers?: Record<string, string> };
}

const PageQuery = { per_page: z.string().optional(), page: z.string().optional() };
const TAKEN = { name: ['has already been taken'], path: ['has already been taken'] };
const GroupBody = z.strictObject({
  ...{ name: z.string().regex(/^[\p{L}\p{N}_][\p{L}\p{N}_.() -]*$/u), path: z.string() },
  ...{ parent_id: z.int(), visibility: z.enum(['private', 'internal', 'public']) },
});
const ProjectBody = z.strictObject({
  ...{ name: z.string(), path: z.string().regex(/^[\w.-]+$/), namespace_id: z.int() },
  ...{ description: z.string().max(2000), visibility: z.literal('private') },
  auto_devops_enabled: z.boolean(),
});
const CommitBody = z.strictObject({
  ...{ branch: z.string(), commit_message: z.string() },
  ...{ author_name: z.string(), author_email: z.email() },
  actions: z
    .array(
      z.strictObject({
        action: z.enum(['create', 'update', 'delete']),
        file_path: z.string(),
        content: z.string().optional(),
        encoding: z.enum(['text', 'base64']).optional(),
        last_commit_id: z.string().optional(),
      }),
    )
    .min(1),
});
const HookBody = z.strictObject({
  ...{ url: z.url(), token: z.string(), enable_ssl_verification: z.boolean() },
  signing_token: z.string().regex(/^whsec_[A-Za-z0-9+/]{43}=$/),
  ...{ push_events: z.boolean(), pipeline_events: z.boolean(), job_events: z.boolean() },
});

export const GITLAB_ROUTES: readonly Route[] = [
  {
    ...{ method: 'GET', path: /^version$/ },
    answer: ({ model }) => ({ body: { version: model.version, revision: 'abc' } }),
  },
  {
    ...{ method: 'GET', path: /^personal_access_tokens\/self$/, scope: 'any' },
    answer: ({ model, scopes }) => ({
      body: { id: 1, active: true, scopes, expires_at: model.expiresAt },
    }),
  },
  {
    ...{ method: 'GET', path: /^groups\/([^/]+)$/ },
    answer: ({ model, params: [name] }) => ({
      body: found(model.groups.find((group) => group.full_path === name)),
    }),
  },
  {
    ...{ method: 'POST', path: /^groups$/, body: GroupBody },
    answer: ({ model, ...call }) => {
      const body = GroupBody.parse(call.body);
      const parent = found(model.groups.find(({ id }) => id === body.parent_id));
      const full_path = `${parent.full_path}/${body.path}`;
      if (model.groups.some((group) => group.full_path === full_path))
        throw new Refusal(400, TAKEN);
      const group = { ...body, full_path, id: nextId(model) };
      model.groups.push(group);
      return { body: group };
    },
  },
  {
    ...{ method: 'GET', path: /^projects\/([^/]+)$/ },
    answer: ({ model, params: [name] }) => ({ body: projectOf(model, name) }),
  },
  {
    ...{ method: 'POST', path: /^projects$/, body: ProjectBody },
    answer: async ({ model, ...call }) => {
      const body = ProjectBody.parse(call.body);
      const group = found(model.groups.find(({ id }) => id === body.namespace_id));
      const path_with_namespace = `${group.full_path}/${body.path}`;
      if (model.projects.some((known) => known.path_with_namespace === path_with_namespace))
        throw new Refusal(400, TAKEN);
      return { body: await addProject(model, path_with_namespace, body.description) };
    },
  },
  {
    ...{ method: 'POST', path: /^projects\/(\d+)\/repository\/commits$/, body: CommitBody },
    answer: async ({ model, params: [id], body }) => ({
      body: { id: await commit(model, projectOf(model, id), CommitBody.parse(body)) },
    }),
  },
  {
    ...{
      method: 'GET',
      path: /^projects\/(\d+)\/hooks$/,
      query: z.strictObject(PageQuery) as Route['query'] & {},
    },
    answer: ({ model, params: [id], query }) =>
      pageOf(
        model.hooks
          .filter(({ project }) => project === Number(id))
          .map((hook) => shown(model, hook)),
        query,
      ),
  },
  {
    ...{ method: 'POST', path: /^projects\/(\d+)\/hooks$/, body: HookBody },
    answer: ({ model, params: [id], body }) => {
      if (model.blocksHooks)
        throw new Refusal(422, {
          url: ['is blocked: Requests to the local network are not allowed'],
        });
      const hook = { ...HookBody.parse(body), id: nextId(model), project: projectOf(model, id).id };
      model.hooks.push(hook);
      return { body: shown(model, hook) };
    },
  },
  {
    ...{ method: 'PUT', path: /^projects\/(\d+)\/hooks\/(\d+)$/, body: HookBody },
    answer: ({ model, params: [, hookId], body }) => {
      const hook = found(model.hooks.find(({ id }) => id === Number(hookId)));
      return { body: shown(model, Object.assign(hook, HookBody.parse(body))) };
    },
  },
  {
    ...{ method: 'POST', path: /^projects\/(\d+)\/pipeline$/ },
    body: z.strictObject({ ref: z.string() }),
    answer: async ({ model, params: [id], body }) => {
      const { ref } = z.object({ ref: z.string() }).parse(body);
      const project = projectOf(model, id);
      const sha = await tipOf(model, project, ref);
      if (sha === undefined) throw new Refusal(400, { base: ['Reference not found'] });
      return { body: addPipeline(model, project.id, { ref, sha }) };
    },
  },
  {
    ...{ method: 'GET', path: /^projects\/(\d+)\/pipelines\/(\d+)$/ },
    answer: ({ model, params: [, id] }) => ({
      body: found(model.pipelines.find((pipeline) => pipeline.id === Number(id))),
    }),
  },
  {
    ...{ method: 'GET', path: /^projects\/(\d+)\/pipelines$/ },
    query: z.strictObject({
      ...PageQuery,
      ...{ updated_after: z.iso.datetime() },
      ...{ order_by: z.literal('updated_at'), sort: z.enum(['asc', 'desc']) },
    }) as Route['query'] & {},
    answer: ({ model, params: [id], query }) =>
      pageOf(
        model.pipelines
          .filter(
            (one) => one.project === Number(id) && one.updated_at > (query['updated_after'] ?? ''),
          )
          .toSorted((a, b) => a.updated_at.localeCompare(b.updated_at)),
        query,
      ),
  },
  {
    ...{ method: 'GET', path: /^projects\/(\d+)\/pipelines\/(\d+)\/jobs$/ },
    query: z.strictObject({ ...PageQuery, include_retried: z.string() }) as Route['query'] & {},
    // Newest first, as GitLab sends them.
    answer: ({ model, params: [, id], query }) =>
      pageOf(
        model.jobs
          .filter(({ pipeline }) => pipeline === Number(id))
          .toSorted((a, b) => b.id - a.id),
        query,
      ),
  },
  {
    ...{ method: 'GET', path: /^projects\/(\d+)\/jobs\/(\d+)\/trace$/ },
    answer: ({ model, params: [, id] }) => ({
      body: found(model.jobs.find((job) => job.id === Number(id))).trace,
    }),
  },
];

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Refusal(404, '404 Not Found');
  return value;
}

function nextId(model: Model): number {
  model.lastId += 1;
  return model.lastId;
}

function projectOf(model: Model, name: string | undefined): Project {
  return found(
    model.projects.find((project) =>
      [String(project.id), project.path_with_namespace].includes(name ?? ''),
    ),
  );
}

function shown(model: Model, { id, url, signing_token }: Hook) {
  const isSigned = model.signsHooks && signing_token !== undefined;
  return { id, url, signing_token_present: isSigned, alert_status: 'executable' };
}

/** Never more than a page, of two for tests that are about pages. */
function pageOf(items: readonly unknown[], query: Record<string, string>) {
  const size = Math.min(Number(query['per_page'] ?? '20'), 2);
  const page = Number(query['page'] ?? '1');
  const isLast = items.length <= page * size;
  return {
    body: items.slice((page - 1) * size, page * size),
    headers: { 'x-next-page': isLast ? '' : String(page + 1) },
  };
}

export async function addProject(
  model: Model,
  path_with_namespace: string,
  description: string | null,
) {
  const project = { id: nextId(model), path_with_namespace, description, archived: false };
  const folder = path.join(model.folder, `${path_with_namespace}.git`);
  await mkdir(path.dirname(folder), { recursive: true });
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', folder]);
  model.projects.push(project);
  return project;
}

export function addPipeline(
  model: Model,
  project: number,
  values: Pick<ModelPipeline, 'ref' | 'sha'> & Partial<ModelPipeline>,
): ModelPipeline {
  const at = new Date().toISOString();
  const pipeline = {
    ...{ id: nextId(model), project, status: 'created', created_at: at, updated_at: at },
    ...{ started_at: null, finished_at: null, yaml_errors: null, ...values },
  };
  model.pipelines.push(pipeline);
  return pipeline;
}

export function addJob(model: Model, pipeline: number, values: Partial<Job>): Job {
  const job = {
    ...{ id: nextId(model), pipeline, name: 'test', stage: 'test', status: 'created' },
    ...{ allow_failure: false, started_at: null, finished_at: null, trace: '', ...values },
  };
  model.jobs.push(job);
  return job;
}

async function tipOf(model: Model, project: Project, branch: string): Promise<string | undefined> {
  const folder = path.join(model.folder, `${project.path_with_namespace}.git`);
  const asked = run('git', ['-C', folder, 'rev-parse', '--verify', `refs/heads/${branch}`]);
  return asked.then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

async function commit(model: Model, project: Project, body: z.infer<typeof CommitBody>) {
  const bare = path.join(model.folder, `${project.path_with_namespace}.git`);
  const log = async (file: string) =>
    run('git', ['-C', bare, 'log', '-1', '--format=%H', body.branch, '--', file]).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
  const tree = async (file: string) =>
    run('git', ['-C', bare, 'cat-file', '-e', `${body.branch}:${file}`]).then(
      () => true,
      () => false,
    );
  for (const { action, file_path: file, last_commit_id: last } of body.actions) {
    const isThere = await tree(file);
    if (action === 'create' && isThere)
      throw new Refusal(400, 'A file with this name already exists');
    if (action !== 'create' && !isThere)
      throw new Refusal(400, "A file with this name doesn't exist");
    if (last !== undefined && last !== (await log(file)))
      throw new Refusal(
        400,
        'You are attempting to update a file that has changed since you started editing it.',
      );
  }
  const files = body.actions.map((action) => [
    action.file_path,
    action.action === 'delete' ? null : (action.content ?? ''),
  ]);
  return pushFiles(model, project, {
    ...{ branch: body.branch, message: body.commit_message },
    files: Object.fromEntries(files) as Record<string, string | null>,
    author: `${body.author_name} <${body.author_email}>`,
  });
}
