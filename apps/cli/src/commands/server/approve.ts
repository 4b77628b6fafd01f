import type { Command } from 'commander';
import type { ServerJoin } from '@spt-flow/shared/api/servers';
import type { Context, OutputFormat } from '../../context.ts';
import { CliError, EXIT, usageError } from '../../core/errors.ts';
import { addExamples, outputOption } from '../../program.ts';
import { ask } from '../../core/ask.ts';
import { plain } from '../../core/text.ts';
import { readUserCode } from './user-code.ts';

interface Options {
  readonly name: string;
  readonly project?: string;
  readonly yes?: boolean;
  readonly output: OutputFormat;
}

export function registerServerApprove(server: Command, context: Context): void {
  const command = server
    .command('approve')
    .description('let a machine join that shows a code')
    .argument('<code>', 'as the machine shows it', readUserCode)
    .requiredOption('--name <name>', 'what the server is to be called')
    .option('--project <project>', 'name or id of a project that has no machine yet')
    .option('--yes', 'do not ask; for those who have compared the keys already')
    .addOption(outputOption())
    .action((code: string, options: Options) => approve(context, code, options));
  addExamples(command, [
    ['spt-flow server approve BDWP-HQPK --name build-1', 'shows what to compare, and asks'],
  ]);
}

async function approve(context: Context, code: string, options: Options): Promise<void> {
  const { name, project, output } = options;
  const client = await context.client();
  const machine = await client.showServerJoin(code);
  context.note(describe(machine));
  if (!options.yes) await confirm(context, { code, name });
  const body = { name, ...(project !== undefined && { project }) };
  const workspace = await client.approveServerJoin(code, body);
  context.print(output, { data: workspace, text: plain(workspace.name) });
  context.note('It joins within seconds: spt-flow server list');
}

function describe(machine: ServerJoin): string {
  return `A machine asks to join. The same must be shown there:
  machine         ${plain(machine.machineName)} (${plain(machine.platform)})
  fingerprint     ${machine.machineFingerprint}
  its key         ${machine.keyId}
  control plane   ${machine.serverKey}
It asks from ${plain(machine.address)}, since ${machine.requestedAt}.`;
}

async function confirm(
  { io }: Context,
  { code, name }: { code: string; name: string },
): Promise<void> {
  const again = `spt-flow server approve ${code} --name ${name}`;
  if (!io.stdin.isTTY) {
    throw usageError('Approving needs --yes where nobody can be asked', `${again} --yes`);
  }
  const answer = await ask(io, 'Is it the same on the machine? [yes/no] ');
  if (answer.trim() === 'yes') return;
  throw new CliError({
    what: 'Not approved',
    safe: 'The machine still waits',
    command: `spt-flow server deny ${code}`,
    exitCode: EXIT.failure,
  });
}
