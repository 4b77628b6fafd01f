import type { Command } from 'commander';
import { confirmByName } from '../../steps/confirm.ts';
import type { Context } from '../../context.ts';
import { addExamples } from '../../program.ts';
import { plain } from '../../core/text.ts';

export function registerAgentRevoke(agent: Command, context: Context): void {
  const command = agent
    .command('revoke')
    .description('end the right of an agent to connect, and its connection')
    .argument('<workspace>', 'name or id')
    .option('--yes', 'do not ask')
    .action((workspace: string, options: { yes?: boolean }) => revoke(context, workspace, options));
  addExamples(command, [
    ['spt-flow agent revoke demo', 'says what ends, and asks for the name'],
    ['spt-flow agent revoke demo --yes', 'for programs'],
  ]);
}

async function revoke(context: Context, handle: string, { yes }: { yes?: boolean }): Promise<void> {
  const client = await context.client();
  const workspace = await client.getWorkspace(handle);
  const name = plain(workspace.name);
  const isServer = workspace.provider === 'server';
  const again = isServer ? `spt-flow server join ${name} --replace` : `spt-flow start ${name}`;
  if (yes !== true) {
    await confirmByName(context, {
      name: workspace.name,
      doing: 'Revoking the agent of',
      consequence: [
        `This revokes the agent of '${name}':`,
        '  Lost at once: its connection, and with it terminals, previews, forwarded ports, logs and changes',
        '  Kept: its files, and what runs in it, which nobody here can reach',
        `  Afterwards another agent has to join: ${again}`,
      ].join('\n'),
      command: `spt-flow agent revoke ${name}`,
      safe: 'Nothing was revoked',
    });
  }
  await client.revokeAgent(workspace.id);
  context.note(`The agent is revoked. Another one joins by: ${again}`);
}
