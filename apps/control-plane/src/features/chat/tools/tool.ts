import type { Plan, Question } from '@spt-flow/shared/api/conversations';
import * as z from 'zod';
import type { ToolDefinition } from '../providers/model-provider.ts';
import type { Overlay } from './overlay.ts';
import type { ProjectMachine } from './project-machine.ts';
import { ToolError } from './tool-error.ts';

/** How a call ends the model's part of the turn. */
export type TurnEnd =
  | { readonly type: 'finish'; readonly summary: string; readonly nextSteps: readonly string[] }
  | { readonly type: 'ask'; readonly questions: readonly Question[] }
  | { readonly type: 'plan'; readonly plan: Plan }
  | { readonly type: 'publish' };

export interface ToolResult {
  readonly text: string;
  readonly isError: boolean;
  readonly end: TurnEnd | null;
}

/** What a tool works on. */
export interface ToolContext {
  readonly overlay: Overlay;
  readonly machine: ProjectMachine;
}

export interface Tool {
  readonly definition: ToolDefinition;
  /** `reads` are counted together for people; `edits` and `commands` are named one by one; `talks` are not steps. */
  readonly kind: 'reads' | 'edits' | 'commands' | 'talks';
  call(input: unknown, context: ToolContext): Promise<ToolResult>;
}

interface ToolSpec<S extends z.ZodType> {
  readonly name: string;
  readonly kind: Tool['kind'];
  readonly description: string;
  readonly schema: S;
  readonly streamInput?: boolean;
  readonly run: (
    input: z.output<S>,
    context: ToolContext,
  ) => Promise<string | TurnEnd> | string | TurnEnd;
}

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

/** defineTool builds a tool whose mistakes, in its input or its doing, become results the model can act on. */
export function defineTool<S extends z.ZodType>(spec: ToolSpec<S>): Tool {
  const { name, description, kind, schema, run } = spec;
  return {
    definition: {
      name,
      description,
      inputSchema: jsonSchema(schema),
      streamInput: spec.streamInput ?? false,
    },
    kind,
    async call(input, context) {
      if (input === undefined)
        return failed(
          `The input of ${name} was not valid JSON. Nothing was done; send the call again.`,
        );
      const parsed = schema.safeParse(input);
      if (!parsed.success)
        return failed(
          `The input of ${name} is not valid. Nothing was done.\n${z.prettifyError(parsed.error)}`,
        );
      try {
        const outcome = await run(parsed.data, context);
        if (typeof outcome === 'string') return { text: outcome, isError: false, end: null };
        return { text: 'Noted.', isError: false, end: outcome };
      } catch (error) {
        if (error instanceof ToolError) return failed(error.message);
        throw error;
      }
    },
  };
}

function failed(text: string): ToolResult {
  return { text, isError: true, end: null };
}
