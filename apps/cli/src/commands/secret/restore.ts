import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { usageError } from '../../core/errors.ts';
import { addExamples } from '../../program.ts';
import { scopeOf, scopeOptions, scopeWords, type ScopeOptions } from '../../api/secret-scope.ts';
import { plain } from '../../core/text.ts';

const TRY = 'spt-flow secret restore OPENAI_API_KEY 2 --project my-app';

interface Options extends ScopeOptions {
  readonly restartApps?: boolean;
}

export function registerSecretRestore(secret: Command, context: Context): void {
  const command = secret
    .command('restore')
    .description('bring the value of an earlier version back, as a new version')
    .argument('<name>')
    .argument('<version>', 'as history lists it');
  scopeOptions(command)
    .option('--restart-apps', 'restart apps that run with another value')
    .action((name: string, version: string, options: Options) =>
      restore(context, { name, version }, options),
    );
  addExamples(command, [[TRY, 'also what was deleted']]);
}

async function restore(
  context: Context,
  { name, version }: { name: string; version: string },
  options: Options,
): Promise<void> {
  if (!/^[1-9]\d{0,8}$/.test(version)) throw usageError(`'${plain(version)}' is no version`, TRY);
  const scope = scopeOf(options);
  const client = await context.client();
  const saved = await client.restoreSecret(name, scope, {
    version: Number(version),
    restartApps: options.restartApps ?? false,
  });
  context.note(
    `${plain(name)} of ${plain(scopeWords(scope))} is what it was in version ${version}: version ${saved.version} now`,
  );
}
