import type { Command } from 'commander';
import { parseGitScope } from '@spt-flow/shared/domain/git-scope';
import type { Context } from '../../context.ts';
import { CliError, EXIT, usageError } from '../../core/errors.ts';
import { addExamples } from '../../program.ts';
import { plain } from '../../core/text.ts';

export function registerGitLogout(git: Command, context: Context): void {
  const command = git
    .command('logout')
    .description('take the token for a git host away from your workspaces, at once')
    .argument('<host>', 'as it was given to login')
    .action((host: string) => logout(context, host));
  addExamples(command, [['spt-flow git logout github.com', 'git there asks for a password again']]);
}

async function logout(context: Context, host: string): Promise<void> {
  const scope = parseGitScope(host);
  if (!scope) throw usageError(`'${plain(host)}' is not a git host`, 'spt-flow git hosts');
  const client = await context.client();
  const { items } = await client.listGitLogins();
  const found = items.find(({ origin, path }) => origin === scope.origin && path === scope.path);
  if (!found)
    throw new CliError({
      what: `There is no token for '${plain(host)}'`,
      command: 'spt-flow git hosts',
      exitCode: EXIT.notFound,
    });
  await client.removeGitLogin(found.id);
  context.note(`Git in your workspaces has no token for ${plain(host)} any more`);
}
