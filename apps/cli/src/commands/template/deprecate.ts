import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { usageError } from '../../core/errors.ts';
import { addExamples } from '../../program.ts';
import { plain } from '../../core/text.ts';

interface Options {
  readonly message?: string;
  readonly undo?: boolean;
}

export function registerTemplateDeprecate(template: Command, context: Context): void {
  const command = template
    .command('deprecate')
    .description('make no new workspaces of a template; those that are there go on')
    .argument('<template>', 'name or id')
    .option('--message <text>', 'why, and what to use instead')
    .option('--undo', 'let people use it again')
    .action((handle: string, options: Options) => deprecate(context, handle, options));
  addExamples(command, [
    [
      "spt-flow template deprecate node --message 'Use node-react'",
      'nobody begins with it any more',
    ],
    ['spt-flow template deprecate node --undo', 'takes it back'],
  ]);
}

async function deprecate(
  context: Context,
  handle: string,
  { message, undo }: Options,
): Promise<void> {
  if (!undo && message === undefined)
    throw usageError(
      'Say why: --message is missing',
      `spt-flow template deprecate ${handle} --message '<why>'`,
    );
  const client = await context.client();
  const deprecation = undo ? null : (message ?? null);
  const { name } = await client.updateTemplate(handle, { deprecation });
  context.note(`'${plain(name)}' ${undo ? 'can be used again' : 'is deprecated'}`);
}
