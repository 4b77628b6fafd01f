import type { Command } from 'commander';
import { confirmByName } from '../../steps/confirm.ts';
import type { Context } from '../../context.ts';
import { addExamples } from '../../program.ts';
import {
  scopeFlag,
  scopeOf,
  scopeOptions,
  scopeWords,
  type ScopeOptions,
} from '../../api/secret-scope.ts';
import { plain } from '../../core/text.ts';

interface Options extends ScopeOptions {
  readonly forever?: boolean;
  readonly yes?: boolean;
}

export function registerSecretDelete(secret: Command, context: Context): void {
  const command = secret
    .command('delete')
    .description('take a secret away from workspaces')
    .argument('<name>');
  scopeOptions(command)
    .option('--forever', 'with all of its versions: nothing brings it back')
    .option('--yes', 'do not ask')
    .action((name: string, options: Options) => remove(context, name, options));
  addExamples(command, [
    ['spt-flow secret delete OPENAI_API_KEY --project my-app', 'restore brings it back'],
    ['spt-flow secret delete OPENAI_API_KEY --forever --yes', 'a value that leaked'],
  ]);
}

async function remove(context: Context, name: string, options: Options): Promise<void> {
  const scope = scopeOf(options);
  const { forever = false } = options;
  if (forever && !options.yes)
    await confirmByName(context, {
      ...{ name, doing: 'Deleting' },
      consequence: `This deletes '${plain(name)}' of ${plain(scopeWords(scope))} with all of its versions.`,
      command: `spt-flow secret delete ${name}${scopeFlag(options)} --forever`,
      safe: 'Nothing was deleted',
    });
  await (await context.client()).removeSecret(name, scope, { forever });
  context.note(
    forever
      ? `${plain(name)} is deleted, and can't be brought back`
      : `${plain(name)} is deleted; what runs keeps it until it is restarted. To bring it back: spt-flow secret history ${plain(name)}${scopeFlag(options)}`,
  );
}
