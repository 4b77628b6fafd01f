import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { scopeOf, scopeOptions, type ScopeOptions } from '../../api/secret-scope.ts';
import { plain, table } from '../../core/text.ts';

const HEAD = ['NAME', 'VERSION', 'CHANGED (UTC)', 'BY'];

export function registerSecretList(secret: Command, context: Context): void {
  const command = secret.command('list').description('list secrets, never their values');
  scopeOptions(command)
    .addOption(outputOption())
    .action((options: ScopeOptions & { output: OutputFormat }) => list(context, options));
  addExamples(command, [
    ['spt-flow secret list', 'your own'],
    ['spt-flow secret list --project my-app', 'of a project'],
  ]);
}

async function list(
  context: Context,
  options: ScopeOptions & { output: OutputFormat },
): Promise<void> {
  const { items, store } = await (await context.client()).listSecrets(scopeOf(options));
  if (store.problem !== null)
    context.note(
      `Warning: ${plain(store.problem)}; this is what was known ${store.answeredAt ?? 'never'}`,
    );
  if (options.output === 'text' && items.length === 0)
    return context.note('There are no secrets here. Try: spt-flow secret set <name>');
  const rows = items.map(({ name, version, changedAt, changedBy, isDeleted }) => [
    plain(name),
    isDeleted ? 'deleted' : String(version),
    changedAt?.slice(0, 16).replace('T', ' ') ?? 'unknown',
    plain(changedBy ?? ''),
  ]);
  context.print(options.output, { data: { items, store }, text: table([HEAD, ...rows]) });
}
