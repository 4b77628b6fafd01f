import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { usageError } from '../../core/errors.ts';
import { addExamples } from '../../program.ts';

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function registerTokenRevoke(token: Command, context: Context): void {
  const command = token
    .command('revoke')
    .description('revoke an API token; it stops working at once')
    .argument('<id>', "from 'spt-flow token list'")
    .action((id: string) => revoke(context, id));
  addExamples(command, [
    ['spt-flow token revoke 0195f6f6-2f5c-7f0e-8d26-0d3a7f6f1c55', 'revoke the token with this id'],
  ]);
}

async function revoke(context: Context, id: string): Promise<void> {
  if (!ID.test(id)) throw usageError('That is not the id of a token', 'spt-flow token list');
  const client = await context.client();
  await client.revokeToken(id);
  context.note('The token is revoked');
}
