import path from 'node:path';
import type { Command } from 'commander';
import type { Client } from '../../api/client.ts';
import type { Context, OutputFormat } from '../../context.ts';
import type { DevpodWorkspace } from '../../files/devpod-workspaces.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';

interface Options {
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

interface Imported {
  readonly name: string;
  readonly context: string;
  readonly result: 'created' | 'would be created' | 'there already' | 'left out' | 'failed';
  /** What is not taken over, or why there is nothing. */
  readonly notes: readonly string[];
}

export function registerImportDevpod(group: Command, context: Context): void {
  const command = group
    .command('devpod')
    .description('make workspaces of those that DevPod has on this machine; DevPod keeps its own')
    .option('--dry-run', 'only show what would be done')
    .addOption(outputOption())
    .action((options: Options) => importDevpod(context, options));
  addExamples(command, [
    ['spt-flow import devpod --dry-run', 'what would be made, and what is not taken over'],
    ['spt-flow import devpod', 'make them'],
  ]);
}

async function importDevpod(context: Context, options: Options): Promise<void> {
  const { readDevpodWorkspaces } = await import('../../files/devpod-workspaces.ts');
  const home = context.io.env['DEVPOD_HOME'] ?? path.join(context.io.home, '.devpod');
  const found = await readDevpodWorkspaces(home);
  if (found.length === 0 && options.output === 'text')
    return context.note(`There are no DevPod workspaces in ${plain(home)}`);
  const client = await context.client();
  const taken = new Set((await client.listProjects()).map(({ name }) => name));
  const items: Imported[] = [];
  for (const workspace of found) {
    items.push(await bring(client, workspace, { taken, dryRun: options.dryRun ?? false }));
    taken.add(workspace.name);
  }
  context.print(options.output, { data: { items }, text: items.map(linesOf).join('\n') });
  if (options.dryRun) context.note('Nothing was changed: this was a dry run');
}

async function bring(
  client: Client,
  { name, context, wanted, notes }: DevpodWorkspace,
  { taken, dryRun }: { taken: ReadonlySet<string>; dryRun: boolean },
): Promise<Imported> {
  const about = { name, context, notes };
  if (!wanted) return { ...about, result: 'left out' };
  if (taken.has(name)) return { ...about, result: 'there already' };
  try {
    await client.createProject({ name, ...wanted, dryRun });
    return { ...about, result: dryRun ? 'would be created' : 'created' };
  } catch (error) {
    // The others are made all the same; nothing of this kind ends by itself.
    if (!(error instanceof Error)) throw error;
    return { ...about, result: 'failed', notes: [error.message, ...notes] };
  }
}

function linesOf({ name, context, result, notes }: Imported): string {
  const head = `${plain(name)} (${plain(context)}): ${result}`;
  const word = result === 'left out' || result === 'failed' ? 'because' : 'not taken over';
  return [head, ...notes.map((note) => `  ${word}: ${plain(note)}`)].join('\n');
}
