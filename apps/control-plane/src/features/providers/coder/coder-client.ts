import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { createCoderHttp, type CoderServer } from './coder-http.ts';
import { isMissing } from './coder-problem.ts';
import * as shapes from './coder-shapes.ts';
import { openSocket } from './coder-socket.ts';

const PAGE_SIZE = 100;
const MAX_PAGES = 50;
/** Wide enough for what a script says in one line. */
const TERMINAL_SIZE = { width: '500', height: '50', backend_type: 'buffered' };

export interface NewBuild {
  readonly transition: 'start' | 'stop' | 'delete';
  readonly parameters?: readonly shapes.CoderParameter[];
}

/** CoderTerminal is a program that runs in a Coder workspace, behind a terminal. */
export interface CoderTerminal {
  write(text: string): void;
  /** Resolves once it is over. */
  readonly closed: Promise<void>;
  close(): void;
}

interface Follow {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** The last one that is known. */
  readonly after: number;
  readonly onLog: (log: shapes.BuildLog) => void;
}

interface TerminalOptions {
  readonly command: string;
  readonly signal: AbortSignal;
  readonly onOutput: (bytes: Buffer) => void;
}

/**
 * CoderClient is all that is asked of a Coder server, as the account that a token belongs to. Each answer is what is
 * true now: nothing of it is kept. What is not there is undefined, or AppError `not_found`.
 */
export interface CoderClient {
  buildInfo(): Promise<{ readonly version: string }>;
  me(): Promise<{ readonly id: string; readonly username: string }>;
  templates(): Promise<shapes.CoderTemplate[]>;
  template(name: string): Promise<shapes.CoderTemplate | undefined>;
  richParameters(templateVersionId: string): Promise<shapes.RichParameter[]>;
  /** All that belong to the account. */
  workspaces(): Promise<shapes.CoderWorkspace[]>;
  workspace(name: string): Promise<shapes.CoderWorkspace | undefined>;
  createWorkspace(
    template: shapes.CoderTemplate,
    wanted: { readonly name: string; readonly parameters: readonly shapes.CoderParameter[] },
  ): Promise<shapes.CoderWorkspace>;
  createBuild(workspaceId: string, build: NewBuild): Promise<shapes.CoderBuild>;
  build(buildId: string): Promise<shapes.CoderBuild>;
  buildParameters(buildId: string): Promise<shapes.CoderParameter[]>;
  cancelBuild(buildId: string): Promise<void>;
  buildLogs(buildId: string, after: number): Promise<shapes.BuildLog[]>;
  /** Resolves once the server has told all, or the connection ended. */
  followBuildLogs(buildId: string, follow: Follow): Promise<void>;
  openTerminal(agentId: string, options: TerminalOptions): Promise<CoderTerminal>;
}

/** createCoderClient asks over REST and WebSockets, as the API of Coder is published. */
export function createCoderClient(server: CoderServer): CoderClient {
  const http = createCoderHttp(server);
  const { organization } = server;

  async function get<T>(
    schema: z.ZodType<T>,
    path: string,
    query?: Record<string, string>,
  ): Promise<T> {
    return understand(schema, await http({ method: 'GET', path, ...(query && { query }) }));
  }

  async function post<T>(schema: z.ZodType<T>, path: string, body: unknown): Promise<T> {
    return understand(schema, await http({ method: 'POST', path, body }));
  }

  return {
    buildInfo: () => get(shapes.BuildInfoSchema, 'buildinfo'),
    me: () => get(shapes.UserSchema, 'users/me'),
    templates: () => get(z.array(shapes.TemplateSchema), `organizations/${organization}/templates`),
    template: (name) =>
      unlessMissing(
        get(shapes.TemplateSchema, `organizations/${organization}/templates/${segment(name)}`),
      ),
    richParameters: (versionId) =>
      get(z.array(shapes.RichParameterSchema), `templateversions/${versionId}/rich-parameters`),
    workspaces: () => all((query) => get(shapes.WorkspacesSchema, 'workspaces', query)),
    workspace: (name) =>
      unlessMissing(get(shapes.WorkspaceSchema, `users/me/workspace/${segment(name)}`)),
    createWorkspace: ({ id, organization_id }, { name, parameters }) =>
      post(shapes.WorkspaceSchema, `organizations/${organization_id}/members/me/workspaces`, {
        ...{ name, template_id: id, rich_parameter_values: parameters },
      }),
    createBuild: (workspaceId, { transition, parameters = [] }) =>
      post(shapes.BuildSchema, `workspaces/${workspaceId}/builds`, {
        transition,
        ...(parameters.length > 0 && { rich_parameter_values: parameters }),
      }),
    build: (buildId) => get(shapes.BuildSchema, `workspacebuilds/${buildId}`),
    buildParameters: (buildId) =>
      get(z.array(shapes.ParameterValueSchema), `workspacebuilds/${buildId}/parameters`),
    async cancelBuild(buildId) {
      await http({ method: 'PATCH', path: `workspacebuilds/${buildId}/cancel` });
    },
    buildLogs: (buildId, after) =>
      get(z.array(shapes.BuildLogSchema), `workspacebuilds/${buildId}/logs`, {
        after: String(after),
      }),
    followBuildLogs: (buildId, follow) => followBuildLogs(server, buildId, follow),
    openTerminal: (agentId, options) => openTerminal(server, agentId, options),
  };
}

async function followBuildLogs(
  server: CoderServer,
  buildId: string,
  { signal, after, onLog }: Follow,
): Promise<void> {
  const socket = await openSocket(server, {
    ...{ path: `workspacebuilds/${buildId}/logs`, signal },
    query: { follow: 'true', after: String(after) },
    onMessage(bytes) {
      const log = shapes.BuildLogSchema.safeParse(parse(bytes)).data;
      if (log) onLog(log);
    },
  });
  await closingOf(socket);
}

/** The terminal belongs to this call alone: nobody else knows its id. */
async function openTerminal(
  server: CoderServer,
  agentId: string,
  { command, signal, onOutput }: TerminalOptions,
): Promise<CoderTerminal> {
  const socket = await openSocket(server, {
    ...{ path: `workspaceagents/${agentId}/pty`, signal },
    query: { reconnect: randomUUID(), command, ...TERMINAL_SIZE },
    onMessage: onOutput,
  });
  return {
    // Coder reads what is typed out of binary messages.
    write: (data) => socket.send(Buffer.from(JSON.stringify({ data }))),
    closed: closingOf(socket),
    close: () => socket.close(),
  };
}

function closingOf(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState === WebSocket.CLOSED) resolve();
    else socket.once('close', () => resolve());
  });
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined; // Nothing that Coder sends: there is nothing to do about it.
  }
}

function understand<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Error(`Coder answered in another form than its API has: ${parsed.error.message}`);
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function all(
  page: (query: Record<string, string>) => Promise<z.infer<typeof shapes.WorkspacesSchema>>,
): Promise<shapes.CoderWorkspace[]> {
  const found: shapes.CoderWorkspace[] = [];
  for (let index = 0; index < MAX_PAGES; index += 1) {
    const offset = String(index * PAGE_SIZE);
    const { workspaces } = await page({ q: 'owner:me', limit: String(PAGE_SIZE), offset });
    found.push(...workspaces);
    if (workspaces.length < PAGE_SIZE) break;
  }
  return found;
}

/** Names come from templates, which people write. */
function segment(name: string): string {
  return encodeURIComponent(name);
}
