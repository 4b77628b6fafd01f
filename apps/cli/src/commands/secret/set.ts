import type { Command } from 'commander';
import { secretValueFault } from '@spt-flow/shared/domain/secret-name';
import type { Context, OutputFormat } from '../../context.ts';
import { usageError } from '../../core/errors.ts';
import { addExamples, outputOption } from '../../program.ts';
import {
  scopeOf,
  scopeOptions,
  scopeWords,
  secretName,
  type ScopeOptions,
} from '../../api/secret-scope.ts';
import { readSecretValue } from '../../options/secret-input.ts';
import { plain } from '../../core/text.ts';

const TRY = 'spt-flow secret set OPENAI_API_KEY --project my-app < key.txt';

interface Options extends ScopeOptions {
  readonly restartApps?: boolean;
  readonly output: OutputFormat;
}

export function registerSecretSet(secret: Command, context: Context): void {
  const command = secret
    .command('set')
    .description('set a secret; its value is read from standard input')
    .argument('<name>', 'as the variable that programs read', secretName);
  scopeOptions(command)
    .option('--restart-apps', 'restart apps that run with another value')
    .addOption(outputOption())
    .action((name: string, options: Options) => set(context, name, options));
  addExamples(command, [
    [TRY, 'for a project'],
    ['spt-flow secret set GITHUB_TOKEN < token.txt', 'for your own workspaces'],
    ['pass show npm | spt-flow secret set NPM_TOKEN --organization', 'for everybody'],
  ]);
}

async function set(context: Context, name: string, options: Options): Promise<void> {
  const value = await readSecretValue(context);
  const fault = secretValueFault(value);
  if (fault !== undefined) throw usageError(fault, TRY);
  const scope = scopeOf(options);
  const client = await context.client();
  const saved = await client.putSecret(name, scope, {
    value,
    restartApps: options.restartApps ?? false,
  });
  context.print(options.output, {
    data: saved,
    text: `${name} is set for ${plain(scopeWords(scope))} (version ${saved.version}); what is started from now on has it`,
  });
}
