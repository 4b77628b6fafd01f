import * as z from 'zod';
import { buildAnswer, parameterAnswer, templateAnswer, workspaceAnswer } from './coder-answers.ts';
import { judgeParameters } from './coder-parameters.ts';
import {
  isActive,
  latest,
  type Build,
  type CoderWorld,
  type WorldWorkspace,
} from './coder-world.ts';

export interface Answer {
  readonly status: number;
  readonly body: object | string;
  readonly retryAfter?: string;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

interface Surroundings {
  readonly world: CoderWorld;
  readonly violations: string[];
  readonly version: () => string;
}

const ValuesSchema = z.array(z.strictObject({ name: z.string(), value: z.string() })).optional();

/** All fields that the reference names; nothing else may be sent. */
const NewWorkspaceSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*$/)
    .max(32),
  template_id: z.uuid().optional(),
  template_version_id: z.uuid().optional(),
  rich_parameter_values: ValuesSchema,
  autostart_schedule: z.string().optional(),
  ttl_ms: z.number().optional(),
  automatic_updates: z.enum(['always', 'never']).optional(),
  template_version_preset_id: z.uuid().optional(),
});
const NewBuildSchema = z.strictObject({
  transition: z.enum(['start', 'stop', 'delete']),
  template_version_id: z.uuid().optional(),
  rich_parameter_values: ValuesSchema,
  template_version_preset_id: z.uuid().optional(),
  log_level: z.literal('debug').optional(),
  orphan: z.boolean().optional(),
  dry_run: z.boolean().optional(),
  reason: z.string().optional(),
});

const NOT_FOUND: Answer = {
  status: 404,
  body: { message: 'Resource not found or you do not have access to this resource' },
};

type Handler = (groups: Record<string, string>, call: Call) => Answer | Promise<Answer>;

/** createCoderRoutes answers what is not a WebSocket. */
export function createCoderRoutes(surroundings: Surroundings): (call: Call) => Promise<Answer> {
  const table = tableOf(surroundings);
  return async (call) => {
    for (const { method, pattern, query = [], handler } of table) {
      const found = pattern.exec(call.path);
      if (!found || method !== call.method) continue;
      const strange = [...call.query.keys()].filter((name) => !query.includes(name));
      if (strange.length > 0) return violation(surroundings, `${call.path}?${strange.join('&')}`);
      return handler({ ...found.groups }, call);
    }
    return violation(surroundings, `${call.method} ${call.path}`);
  };
}

interface Row {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly pattern: RegExp;
  readonly query?: readonly string[];
  readonly handler: Handler;
}

function tableOf(surroundings: Surroundings): Row[] {
  const { world } = surroundings;
  return [...readingRows(surroundings), ...workspaceRows(world), ...changingRows(surroundings)];
}

function readingRows({ world, version }: Surroundings): Row[] {
  return [
    {
      method: 'GET',
      pattern: /^buildinfo$/,
      handler: () => ok({ version: version(), external_url: '', dashboard_url: '' }),
    },
    {
      method: 'GET',
      pattern: /^users\/me$/,
      handler: () => ok({ id: world.userId, username: 'spt-flow', status: 'active' }),
    },
    {
      method: 'GET',
      pattern: /^organizations\/(?:default|coder)\/templates$/,
      handler: () => ok(world.templates.map((template) => templateAnswer(world, template))),
    },
    {
      method: 'GET',
      pattern: /^organizations\/(?:default|coder)\/templates\/(?<name>[^/]+)$/,
      handler({ name }) {
        const template = world.templates.find((each) => each.name === name);
        return template ? ok(templateAnswer(world, template)) : NOT_FOUND;
      },
    },
    {
      method: 'GET',
      pattern: /^templateversions\/(?<id>[^/]+)\/rich-parameters$/,
      handler({ id }) {
        const template = world.templates.find(({ versionId }) => versionId === id);
        return template ? ok(template.parameters.map(parameterAnswer)) : NOT_FOUND;
      },
    },
  ];
}

function workspaceRows(world: CoderWorld): Row[] {
  return [
    {
      method: 'GET',
      pattern: /^workspaces$/,
      query: ['q', 'limit', 'offset'],
      handler(_groups, { query }) {
        const offset = Number(query.get('offset'));
        const kept = world.workspaces.filter((each) => !isDeleted(each));
        const page = kept.slice(offset, offset + Number(query.get('limit')));
        const workspaces = page.map((each) => workspaceAnswer(world, each));
        return ok({ workspaces, count: kept.length });
      },
    },
    {
      method: 'GET',
      pattern: /^users\/me\/workspace\/(?<name>[^/]+)$/,
      query: ['include_deleted'],
      handler({ name }) {
        const found = world.workspaces.find((each) => each.name === name && !isDeleted(each));
        return found ? ok(workspaceAnswer(world, found)) : NOT_FOUND;
      },
    },
    {
      method: 'GET',
      pattern: /^workspacebuilds\/(?<id>[^/]+)$/,
      handler: ({ id }) => withBuild(world, id, (build) => ok(buildAnswer(world, build))),
    },
    {
      method: 'GET',
      pattern: /^workspacebuilds\/(?<id>[^/]+)\/parameters$/,
      handler: ({ id }) => withBuild(world, id, (build) => ok([...build.parameters])),
    },
    {
      method: 'GET',
      pattern: /^workspacebuilds\/(?<id>[^/]+)\/logs$/,
      query: ['after', 'before'],
      handler: ({ id }, { query }) =>
        withBuild(world, id, (build) => ok(logsOf(build, Number(query.get('after'))))),
    },
  ];
}

function changingRows({ world, violations }: Surroundings): Row[] {
  return [
    {
      method: 'POST',
      pattern: /^organizations\/[^/]+\/members\/me\/workspaces$/,
      handler: (_groups, { body }) =>
        understood({ schema: NewWorkspaceSchema, body, violations }, (wanted) =>
          create(world, wanted),
        ),
    },
    {
      method: 'POST',
      pattern: /^workspaces\/(?<id>[^/]+)\/builds$/,
      handler: ({ id }, { body }) =>
        understood({ schema: NewBuildSchema, body, violations }, (wanted) => {
          const workspace = world.workspaces.find((each) => each.id === id);
          return workspace ? addBuild(world, workspace, wanted) : NOT_FOUND;
        }),
    },
    {
      method: 'PATCH',
      pattern: /^workspacebuilds\/(?<id>[^/]+)\/cancel$/,
      handler: ({ id }) => withBuild(world, id, (build) => cancel(world, build)),
    },
  ];
}

async function create(
  world: CoderWorld,
  { name, template_id, rich_parameter_values }: z.infer<typeof NewWorkspaceSchema>,
): Promise<Answer> {
  const template = world.templates.find(({ id }) => id === template_id);
  if (!template) return refused(400, `Template "${template_id}" doesn’t exist.`);
  if (world.workspaces.some((each) => each.name === name && !isDeleted(each)))
    return refused(409, `Workspace "${name}" already exists.`);
  const judged = judgeParameters(template.parameters, rich_parameter_values ?? [], undefined);
  if ('message' in judged) return { status: 400, body: judged };
  const workspace = await world.addWorkspace(name, template);
  world.build(workspace, 'start', { parameters: judged.values });
  return { status: 201, body: workspaceAnswer(world, workspace) };
}

function addBuild(
  world: CoderWorld,
  workspace: WorldWorkspace,
  { transition, rich_parameter_values }: z.infer<typeof NewBuildSchema>,
): Answer {
  const last = latest(workspace);
  if (isDeleted(workspace)) return refused(410, 'Workspace was deleted');
  if (last && isActive(last)) return refused(409, 'A workspace build is already active.');
  const known = workspace.template.parameters;
  const judged = judgeParameters(known, rich_parameter_values ?? [], last?.parameters);
  if ('message' in judged) return { status: 400, body: judged };
  const build = world.build(workspace, transition, { parameters: judged.values });
  return { status: 201, body: buildAnswer(world, build) };
}

function cancel(world: CoderWorld, build: Build): Answer {
  if (!isActive(build)) return refused(400, 'Job has already completed!');
  build.status = build.status === 'pending' ? 'canceled' : 'canceling';
  world.changed();
  return ok({ message: 'Job has been marked as canceled...' });
}

/** One line of a build's log, as the stream and the list have it. */
export function logsOf({ logs }: Build, after: number): object[] {
  return logs
    .filter(({ id }) => id > after)
    .map(({ id, level, stage, output }) => ({
      ...{ id, created_at: '2026-11-27T10:00:00Z', log_source: 'provisioner' },
      ...{ log_level: level, stage, output },
    }));
}

export function buildOf(world: CoderWorld, id: string | undefined): Build | undefined {
  return world.workspaces.flatMap(({ builds }) => builds).find((build) => build.id === id);
}

function withBuild(
  world: CoderWorld,
  id: string | undefined,
  answer: (build: Build) => Answer,
): Answer {
  const build = buildOf(world, id);
  return build ? answer(build) : NOT_FOUND;
}

function isDeleted(workspace: WorldWorkspace): boolean {
  const last = latest(workspace);
  return last?.transition === 'delete' && last.status === 'succeeded';
}

async function understood<T>(
  { schema, body, violations }: { schema: z.ZodType<T>; body: string; violations: string[] },
  use: (value: T) => Answer | Promise<Answer>,
): Promise<Answer> {
  const parsed = schema.safeParse(JSON.parse(body));
  if (parsed.success) return use(parsed.data);
  violations.push(parsed.error.message);
  return refused(400, 'Validation failed.');
}

function violation({ violations }: Surroundings, what: string): Answer {
  violations.push(what);
  return { status: 404, body: { message: 'Route not found.' } };
}

function ok(body: object): Answer {
  return { status: 200, body };
}

function refused(status: number, message: string): Answer {
  return { status, body: { message } };
}
