import { parseEnv } from 'node:util';
import type { Command } from 'commander';
import { secretNameFault, secretValueFault } from '@spt-flow/shared/domain/secret-name';
import type { Context } from '../../context.ts';
import { usageError } from '../../core/errors.ts';
import { addExamples } from '../../program.ts';
import { scopeOf, scopeOptions, scopeWords, type ScopeOptions } from '../../api/secret-scope.ts';
import { readSecretValue } from '../../options/secret-input.ts';
import { plain } from '../../core/text.ts';

const TRY = 'spt-flow secret import --project my-app < .env';

export function registerSecretImport(secret: Command, context: Context): void {
  const command = secret
    .command('import')
    .description('set all variables of an .env file, which is read from standard input');
  scopeOptions(command).action((options: ScopeOptions) => importAll(context, options));
  addExamples(command, [[TRY, 'nothing is set when one of them is refused']]);
}

async function importAll(context: Context, options: ScopeOptions): Promise<void> {
  const variables = Object.entries(parseEnv(await readSecretValue(context)));
  if (variables.length === 0) throw usageError('The file sets no variables', TRY);
  for (const [name, value = ''] of variables) {
    const fault = secretNameFault(name) ?? secretValueFault(value);
    if (fault !== undefined) throw usageError(`${plain(name)}: ${fault}`, TRY);
  }
  const scope = scopeOf(options);
  const client = await context.client();
  for (const [name, value = ''] of variables) {
    await client.putSecret(name, scope, { value, restartApps: false });
    context.note(`${plain(name)} is set`);
  }
  context.note(`${variables.length} secrets are set for ${plain(scopeWords(scope))}`);
}
