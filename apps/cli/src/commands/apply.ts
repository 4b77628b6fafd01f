import type { Command } from 'commander';
import type { ChangedFile, ChangeSet } from '@spt-flow/shared/api/change-sets';
import type { ChangeBody } from '../api/change-client.ts';
import { readChangeSource } from '../steps/change-source.ts';
import type { Context, OutputFormat } from '../context.ts';
import { CliError, EXIT } from '../core/errors.ts';
import { followChangeSet } from '../steps/follow-change-set.ts';
import { addExamples, outputOption } from '../program.ts';
import { formatDuration, plain, table } from '../core/text.ts';

const MAX_SUMMARY_LENGTH = 500;

interface Options {
  readonly message?: string;
  readonly delete?: boolean;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

interface Wanted {
  readonly handle: string;
  readonly source: string;
}

export function registerApply(program: Command, context: Context): void {
  const command = program
    .command('apply')
    .description('change files of a workspace as one: checked, built, probed, undone if it fails')
    .argument('<workspace>', 'name or id')
    .argument('<source>', 'a unified diff, - for one on standard input, or a directory')
    .option('--message <text>', 'what it is for, as history and git tell it')
    .option('--delete', 'with a directory: also delete what is not in it')
    .option('--dry-run', 'only say what would change')
    .addOption(outputOption())
    .action((handle: string, source: string, options: Options) =>
      apply(context, { handle, source }, options),
    );
  addExamples(command, [
    ["git diff | spt-flow apply demo - --message 'Larger title'", 'what was changed here'],
    ['spt-flow apply demo fix.patch --dry-run', 'does it fit, and what would it change?'],
    ['spt-flow apply demo ./site', 'the files that differ, without what .gitignore names'],
  ]);
}

async function apply(context: Context, wanted: Wanted, options: Options): Promise<void> {
  const client = await context.client();
  const { handle, source } = wanted;
  const change = await readChangeSource(context, client, { ...wanted, deletes: options.delete });
  if (!change) return context.print(options.output, { data: { files: [] }, text: NOTHING });
  if (options.dryRun) return preview(context, { handle, change, output: options.output });
  const summary = (options.message ?? `Apply ${source === '-' ? 'a patch' : source}`).trim();
  const changeSet = await followChangeSet(context, client, {
    handle,
    request: () =>
      client.applyChange(handle, { summary: summary.slice(0, MAX_SUMMARY_LENGTH), ...change }),
  });
  if (options.output === 'json' || changeSet.outcome === 'committed')
    context.print(options.output, { data: changeSet, text: describe(changeSet) });
  if (changeSet.outcome !== 'committed') throw notApplied(changeSet, handle);
  if (changeSet.reason !== null) context.note(plain(headOf(changeSet.reason)));
}

const NOTHING = 'There is nothing to change: the files are the same';

async function preview(
  context: Context,
  { handle, change, output }: { handle: string; change: ChangeBody; output: OutputFormat },
): Promise<void> {
  const client = await context.client();
  const data = await client.previewChange(handle, change);
  const text = data.files.length === 0 ? NOTHING : `Would change ${listed(data.files)}`;
  context.print(output, { data, text });
}

function describe({ files, commit, durationMs }: ChangeSet): string {
  const where = commit === null ? '' : `, commit ${commit.slice(0, 7)}`;
  return `Changed in ${formatDuration(durationMs)}${where}: ${listed(files)}`;
}

function listed(files: readonly ChangedFile[]): string {
  const rows = files.map(({ path, change, added, removed }) => [
    `  ${change}`,
    plain(path),
    `+${added} -${removed}`,
  ]);
  return `${files.length} ${files.length === 1 ? 'file' : 'files'}\n${table(rows)}`;
}

/** The server says in plain words what happened, then in the tool's own words why. */
function notApplied({ outcome, reason }: ChangeSet, handle: string): CliError {
  const [, ...details] = (reason ?? '').split('\n');
  return new CliError({
    what: plain(headOf(reason ?? 'The change was not made')),
    details: details.map(plain).filter((line) => line !== ''),
    safe: outcome === 'rejected' ? 'Nothing was changed' : 'The files are as they were before',
    command: `spt-flow logs ${handle}`,
    exitCode: EXIT.failure,
  });
}

function headOf(reason: string): string {
  return reason.split('\n', 1)[0] ?? '';
}
