import type { Command } from 'commander';
import { isRepositoryUrl } from '@spt-flow/shared/domain/repository-url';
import type { Context, OutputFormat } from '../../context.ts';
import { usageError } from '../../core/errors.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';

const TRY = 'spt-flow dotfiles set https://github.com/me/dotfiles';

interface Options {
  readonly installScript?: string;
  readonly output: OutputFormat;
}

export function registerDotfilesSet(dotfiles: Command, context: Context): void {
  const command = dotfiles
    .command('set')
    .description('apply a repository to your home directory in workspaces')
    .argument('<url>', 'git repository (https, ssh or git)')
    .option('--install-script <path>', 'what to run in it (default: install.sh and its like)')
    .addOption(outputOption())
    .action((url: string, options: Options) => set(context, url, options));
  addExamples(command, [
    [TRY, 'run its install.sh, or link its dot files'],
    [`${TRY} --install-script bin/setup`, 'run another program of it'],
  ]);
}

async function set(context: Context, url: string, options: Options): Promise<void> {
  if (!isRepositoryUrl(url))
    throw usageError('It must be an https, ssh or git URL, without a password or token in it', TRY);
  const { installScript = null, output } = options;
  const client = await context.client();
  const data = await client.putDotfiles({ repositoryUrl: url, installScript });
  const text = `${plain(data.repositoryUrl)} is applied when a workspace of yours starts`;
  context.print(output, { data, text });
}
