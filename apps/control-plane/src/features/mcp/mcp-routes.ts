import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '@spt-flow/shared/domain/errors';
import { permits } from '@spt-flow/shared/domain/roles';
import type { Audit } from '../../lib/audit.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import { FILES_BODY_LIMIT_BYTES } from '../../lib/register-route.ts';
import { callTool, type Caller } from './mcp-call.ts';
import { MCP_TOOLS } from './mcp-tools.ts';

const MCP_PATH = '/mcp/v1';

export interface McpDeps {
  readonly audit: Audit;
  readonly version: string;
  /** An AI agent asked something about a workspace. */
  readonly onUse: (principal: Principal, handle: string) => Promise<void>;
  /** Browsers name the page a request comes from; only our own may ask. */
  readonly isOwnOrigin: (origin: string, host: string | undefined) => boolean;
}

/** registerMcpRoutes serves the Model Context Protocol, stateless: every request stands alone. */
export function registerMcpRoutes(app: FastifyInstance, deps: McpDeps): void {
  app.route({
    method: ['POST', 'GET', 'DELETE'],
    url: MCP_PATH,
    schema: { hide: true },
    bodyLimit: FILES_BODY_LIMIT_BYTES,
    config: { unaudited: 'each call of a tool is an entry, and one of the API' },
    // Before the body is read, as for all routes.
    preParsing: async (request) => {
      await authenticate(request, deps);
    },
    handler: async (request, reply) => {
      const principal = await request.authenticate();
      if (request.method !== 'POST') return reply.status(405).header('Allow', 'POST').send();
      const server = createMcpServer({ app, deps, principal, caller: callerOf(request) });
      const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
      reply.hijack();
      reply.raw.on('close', () => void server.close());
      await server.connect(transport);
      await transport.handleRequest(request.raw, reply.raw, request.body);
      return reply;
    },
  });
}

async function authenticate(request: FastifyRequest, deps: McpDeps): Promise<Principal> {
  const { origin, host, authorization } = request.headers;
  if (origin !== undefined && !deps.isOwnOrigin(origin, host)) throw new AppError('wrong_origin');
  // A cookie would let any page in the person's browser act in their name.
  if (authorization === undefined) throw new AppError('not_authenticated');
  return request.authenticate();
}

function callerOf(request: FastifyRequest): Caller {
  return {
    authorization: request.headers.authorization ?? '',
    correlationId: request.id,
    remoteAddress: request.ip,
  };
}

interface Session {
  readonly app: FastifyInstance;
  readonly deps: McpDeps;
  readonly principal: Principal;
  readonly caller: Caller;
}

/** The API itself checks the arguments, so the tools are served without the SDK's own checks before it. */
function createMcpServer({ app, deps, principal, caller }: Session): McpServer {
  const mcp = new McpServer(
    { name: 'spt-flow', version: deps.version },
    { capabilities: { tools: {} } },
  );
  mcp.server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: MCP_TOOLS.filter(({ contract }) => isPermitted(principal, contract.access)).map(
      ({ name, description, inputSchema, contract }) => ({
        name,
        description,
        inputSchema,
        annotations: { readOnlyHint: contract.method === 'GET' },
      }),
    ),
  }));
  mcp.server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const tool = MCP_TOOLS.find(({ name }) => name === params.name);
    if (!tool) return unknownTool(params.name);
    const args = params.arguments ?? {};
    const answer = await callTool(app, { tool, args }, caller);
    // A refusal is no work on it.
    if (typeof args['handle'] === 'string' && answer.isError !== true)
      await deps.onUse(principal, args['handle']);
    await deps.audit.record({
      organizationId: principal.organizationId,
      principal: auditName(principal),
      action: `mcp.${tool.name}`,
      target: typeof args['handle'] === 'string' ? `workspace:${args['handle']}` : 'workspaces',
      correlationId: caller.correlationId,
      detail: { ok: answer.isError !== true },
    });
    return answer;
  });
  return mcp;
}

function isPermitted(
  principal: Principal,
  access: (typeof MCP_TOOLS)[number]['contract']['access'],
) {
  return access === 'public' || permits(principal.scope, access);
}

function unknownTool(name: string) {
  const text = `There is no tool "${name}". Nothing was changed.`;
  return { content: [{ type: 'text' as const, text }], isError: true };
}
