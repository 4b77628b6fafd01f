import { InvalidArgumentError, type Command } from 'commander';
import type { Context, OutputFormat } from '../context.ts';
import { ensureRunning } from '../steps/ensure-running.ts';
import { InterruptedError } from '../core/errors.ts';
import { formatAddress } from '../ports/forward-spec.ts';
import { addExamples, outputOption } from '../program.ts';
import { plain } from '../core/text.ts';
import type { Connected } from '../ssh/run-connect.ts';

interface Options {
  readonly listenPort?: number;
  readonly output: OutputFormat;
}

const MAX_PORT = 65_535;

export function registerConnect(program: Command, context: Context): void {
  const command = program
    .command('connect')
    .description(
      'open a port here that leads to the SSH server of a workspace, for tools that can only dial, until Ctrl-C',
    )
    .argument('<workspace>', 'name or id')
    .option('--listen-port <port>', 'the port; otherwise the first free one from 2222 on', readPort)
    .addOption(outputOption())
    .action((workspace: string, options: Options) => connect(context, workspace, options));
  addExamples(command, [
    ['spt-flow connect demo', 'prints the port, and how ssh is told about it'],
    ['spt-flow connect demo --listen-port 2300', 'at a port of your choice'],
    ['spt-flow config-ssh', 'needs no open port, for everything that reads ~/.ssh/config'],
  ]);
}

async function connect(context: Context, workspace: string, options: Options): Promise<void> {
  const client = await context.client();
  await ensureRunning(context, client, workspace);
  const [login, { name }, { runConnect }] = await Promise.all([
    client.getSshLogin(workspace),
    client.getWorkspace(workspace),
    import('../ssh/run-connect.ts'),
  ]);
  await runConnect(context, {
    ...{ ...login, name, listenPort: options.listenPort },
    onReady(connected) {
      const text =
        options.output === 'json' ? JSON.stringify(connected) : describe(name, connected);
      context.io.stdout.write(`${text}\n`);
    },
  });
  throw new InterruptedError('The port is closed');
}

function describe(workspace: string, { address, port, host, sshConfig }: Connected): string {
  return `${formatAddress(address, port)} → ${plain(workspace)}\nssh -F ${sshConfig} ${host}`;
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port > 0 && port <= MAX_PORT) return port;
  throw new InvalidArgumentError(`'${text}' is not a port from 1 to ${MAX_PORT}`);
}
