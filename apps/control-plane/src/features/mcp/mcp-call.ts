import type { FastifyInstance } from 'fastify';
import { ErrorBodySchema } from '@spt-flow/shared/api/envelope';
import { CORRELATION_HEADER } from '@spt-flow/shared/api/common';
import { describeError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';
import { shapeOf, type McpTool } from './mcp-tools.ts';

const AnswerSchema = z.object({
  data: z.record(z.string(), z.unknown()).nullable(),
  error: ErrorBodySchema.nullable(),
});

export interface ToolAnswer {
  [key: string]: unknown;
  content: { type: 'text'; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

export interface Caller {
  readonly authorization: string;
  readonly correlationId: string;
  readonly remoteAddress: string;
}

type Arguments = Readonly<Record<string, unknown>>;

/** callTool asks the API in the caller's name: the same checks, limits and texts hold for models as for people. */
export async function callTool(
  app: FastifyInstance,
  call: { readonly tool: McpTool; readonly args: Arguments },
  caller: Caller,
): Promise<ToolAnswer> {
  const { contract } = call.tool;
  const missing = missingName(call.tool, call.args);
  if (missing !== undefined)
    return failure({
      code: 'validation_failed',
      message: `The argument "${missing}" is missing`,
      correlationId: caller.correlationId,
    });
  const body = pick(call.args, contract.body);
  const response = await app.inject({
    method: contract.method,
    url: pathOf(call.tool, call.args),
    query: queryOf(pick(call.args, contract.query)),
    ...(contract.body && { payload: body }),
    headers: {
      authorization: caller.authorization,
      [CORRELATION_HEADER]: caller.correlationId,
    },
    remoteAddress: caller.remoteAddress,
  });
  return toAnswer(AnswerSchema.parse(response.json()));
}

function toAnswer({ data, error }: z.infer<typeof AnswerSchema>): ToolAnswer {
  if (error !== null) return failure(error);
  const structuredContent = data ?? {};
  return {
    content: [{ type: 'text', text: JSON.stringify(structuredContent) }],
    structuredContent,
  };
}

function failure(error: z.infer<typeof ErrorBodySchema>): ToolAnswer {
  const { safe, next } = describeError(error.code);
  const text = `${error.message}. ${safe}. ${next}. (${error.code}, correlation id ${error.correlationId})`;
  return { content: [{ type: 'text', text }], isError: true };
}

/** Models name arguments as they guess; "not found" would send them looking for another workspace. */
function missingName({ contract }: McpTool, args: Arguments): string | undefined {
  const names = [...contract.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
  return names.find((name) => args[name] === undefined);
}

/** A value that is no text, or a step to another route becomes a path that the route itself refuses. */
function pathOf({ contract }: McpTool, args: Arguments): string {
  return contract.path.replace(/:(\w+)/g, (_match, name: string) => {
    const value = args[name];
    const isName = typeof value === 'string' && !/^\.{0,2}$/.test(value);
    return isName ? encodeURIComponent(value) : '%20';
  });
}

function pick(args: Arguments, schema: z.ZodType | undefined): Record<string, unknown> {
  const names = Object.keys(shapeOf(schema));
  return Object.fromEntries(names.flatMap((name) => (name in args ? [[name, args[name]]] : [])));
}

function queryOf(values: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
