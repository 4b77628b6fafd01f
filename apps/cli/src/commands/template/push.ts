import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import {
  TEMPLATE_FILE,
  TEMPLATE_README,
  TEMPLATE_SCRIPT,
} from '@spt-flow/shared/domain/template-shape';
import type { Context, OutputFormat } from '../../context.ts';
import { usageError } from '../../core/errors.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';

interface Options {
  readonly message?: string;
  readonly promote?: boolean;
  readonly repoUrl?: string;
  readonly output: OutputFormat;
}

const TRY = 'spt-flow template push ./my-template';

export function registerTemplatePush(template: Command, context: Context): void {
  const command = template
    .command('push')
    .description(`add a version to a template, of the ${TEMPLATE_FILE} in a directory`)
    .argument('[directory]', 'here, or in the repository with --repo-url')
    .option('--repo-url <url>', 'read it from this git repository instead')
    .option('--message <text>', 'what is different')
    .option('--promote', 'make new workspaces of it at once')
    .addOption(outputOption())
    .action((directory: string | undefined, options: Options) => push(context, directory, options));
  addExamples(command, [
    [`${TRY} --message 'Node 24'`, 'it waits until it is promoted'],
    ['spt-flow template push node --repo-url https://git.example.com/templates.git', 'from git'],
  ]);
}

async function push(
  context: Context,
  directory: string | undefined,
  options: Options,
): Promise<void> {
  const { repoUrl, message = '', promote = false, output } = options;
  const source =
    repoUrl === undefined
      ? { kind: 'files' as const, files: await readDirectory(directory) }
      : { kind: 'git' as const, url: repoUrl, ...(directory !== undefined && { path: directory }) };
  const client = await context.client();
  const { template, version } = await client.pushTemplate({ source, message, promote });
  const [name, { number }] = [plain(template.name), version];
  context.print(output, { data: { template, version }, text: `${name} version ${number}` });
  const isActive = template.activeVersion === number;
  const { outdatedCount } = template;
  if (!isActive) context.note(`It waits: spt-flow template promote ${name} ${number}`);
  else if (outdatedCount > 0)
    context.note(
      `${outdatedCount === 1 ? '1 workspace is of an older version' : `${outdatedCount} workspaces are of older versions`}: spt-flow template impact ${name}`,
    );
}

/** Only what a template consists of leaves this machine. */
async function readDirectory(directory: string | undefined) {
  if (directory === undefined) throw usageError('Say which directory', TRY);
  const names = [TEMPLATE_FILE, TEMPLATE_README, TEMPLATE_SCRIPT];
  const read = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(path.join(directory, name), 'utf8').catch(() => undefined);
      return text === undefined ? [] : [{ path: name, text }];
    }),
  );
  const files = read.flat();
  if (files.some((file) => file.path === TEMPLATE_FILE)) return files;
  throw usageError(`There is no ${TEMPLATE_FILE} to be read in '${plain(directory)}'`, TRY);
}
