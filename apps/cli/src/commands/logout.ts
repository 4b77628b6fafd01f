import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { withoutToken, writeCredentials } from '../api/credentials.ts';
import { credentialsPath } from '../core/paths.ts';
import { addExamples } from '../program.ts';

export function registerLogout(program: Command, context: Context): void {
  const command = program
    .command('logout')
    .description('sign out and forget the token')
    .action(() => logout(context));
  addExamples(command, [['spt-flow logout', 'sign out of the server you signed in to last']]);
}

async function logout(context: Context): Promise<void> {
  const server = await context.server();
  const credentials = await context.credentials();
  const token = credentials.tokens[server];
  if (token === undefined) return context.note(`You were not signed in to ${server}`);
  const ended = await endSession(context, token);
  await writeCredentials(credentialsPath(context.io), withoutToken(credentials, server));
  context.note(`Signed out of ${server}`);
  if (!ended) {
    context.note(
      'The server did not confirm it: revoke the token in the dashboard, under settings',
    );
  }
}

/** The token is forgotten here whether or not the server can be told. */
async function endSession(context: Context, token: string): Promise<boolean> {
  try {
    const client = await context.client(token);
    await client.logout();
    return true;
  } catch (error) {
    // An expired token has nothing left to end.
    return error instanceof Error && 'status' in error && error.status === 401;
  }
}
