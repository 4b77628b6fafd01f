import type { Command } from 'commander';
import { parseGitScope } from '@spt-flow/shared/domain/git-scope';
import type { Context, OutputFormat } from '../../context.ts';
import { usageError } from '../../core/errors.ts';
import { addExamples, outputOption } from '../../program.ts';
import { checkSecret, readSecret } from '../../options/secret-input.ts';
import { plain } from '../../core/text.ts';

const TRY = 'spt-flow git login github.com < token.txt';

interface Options {
  readonly username?: string;
  readonly output: OutputFormat;
}

export function registerGitLogin(git: Command, context: Context): void {
  const command = git
    .command('login')
    .description('give your workspaces a token for a git host; it is read from standard input')
    .argument('<host>', 'e.g. github.com, or github.com/acme for what is below it alone')
    .option('--username <name>', 'where the host asks for one (default: x-access-token)')
    .addOption(outputOption())
    .action((host: string, options: Options) => login(context, host, options));
  addExamples(command, [
    [TRY, 'for all repositories of the host'],
    ['spt-flow git login bitbucket.org --username me < token.txt', 'with a user name'],
    ['spt-flow git login http://git.lan:3000 < token.txt', 'http only where you say so'],
  ]);
}

async function login(context: Context, host: string, options: Options): Promise<void> {
  const scope = parseGitScope(host);
  if (!scope) throw usageError(`'${plain(host)}' is not a git host`, TRY);
  if (scope.origin.startsWith('http:'))
    context.note(`Warning: ${scope.origin} is not encrypted; others on the way can read the token`);
  const token = checkSecret(await readSecret(context), TRY);
  const client = await context.client();
  const { username } = options;
  const created = await client.putGitLogin({
    ...{ host, token },
    ...(username !== undefined && { username }),
  });
  const place = created.path === '' ? created.origin : `${created.origin}/${created.path}`;
  context.print(options.output, {
    data: created,
    text: `Git in your workspaces has a token for ${plain(place)}`,
  });
  if (created.path !== '')
    context.note(
      `Git tells the path only when it is told to, in the workspace:\n  git config --global credential.${plain(created.origin)}.useHttpPath true`,
    );
}
