import { Option, type Command } from 'commander';
import type { Context, OutputFormat } from '../context.ts';
import { ensureRunning } from '../steps/ensure-running.ts';
import { InterruptedError, usageError } from '../core/errors.ts';
import {
  formatAddress,
  readLocals,
  readRemotes,
  type LocalForward,
  type RemoteForward,
} from '../ports/forward-spec.ts';
import type { Forwarded } from '../ports/port-forwarder.ts';
import { addExamples, outputOption } from '../program.ts';
import { plain } from '../core/text.ts';

interface Options {
  readonly local: readonly LocalForward[];
  readonly remote: readonly RemoteForward[];
  readonly output: OutputFormat;
}

export function registerPortForward(program: Command, context: Context): void {
  const command = program
    .command('port-forward')
    .description(
      'make ports of a workspace reachable here, and ports of this machine there, until Ctrl-C',
    )
    .argument('<workspace>', 'name or id')
    .addOption(
      new Option(
        '-L, --local <[bind:]localPort:port>',
        'a port here that leads to a port there; alone, <port> is both; repeatable',
      )
        .argParser(readLocals)
        .default([], 'none'),
    )
    .addOption(
      new Option(
        '-R, --remote <remotePort:host:port>',
        'a port there that leads to a place that this machine reaches; repeatable',
      )
        .argParser(readRemotes)
        .default([], 'none'),
    )
    .addOption(outputOption())
    .action((workspace: string, options: Options) => portForward(context, workspace, options));
  addExamples(command, [
    ['spt-flow port-forward demo -L 3000', 'localhost:3000 is port 3000 of the workspace'],
    ['spt-flow port-forward demo -L 8080:3000 -L 5432', 'several, the first under another number'],
    ['spt-flow port-forward demo -L 0.0.0.0:8080:3000', 'also for others in this network'],
    ['spt-flow port-forward demo -R 9000:localhost:9000', 'the workspace reaches a service here'],
  ]);
}

async function portForward(context: Context, workspace: string, options: Options): Promise<void> {
  const { local: locals, remote: remotes, output } = options;
  if (locals.length + remotes.length === 0)
    throw usageError('Say which ports to forward', `spt-flow port-forward ${workspace} -L <port>`);
  const client = await context.client();
  await ensureRunning(context, client, workspace);
  const { forwardPorts } = await import('../ports/port-forwarder.ts');
  await forwardPorts({
    ...{ locals, remotes },
    connect: () => client.openPortForward(workspace),
    signal: context.io.signal,
    note: (text) => context.note(plain(text)),
    onForwarded: (forwarded) => {
      const text = output === 'json' ? JSON.stringify(forwarded) : describe(workspace, forwarded);
      context.io.stdout.write(`${text}\n`);
    },
  });
  throw new InterruptedError('The ports are no longer forwarded');
}

function describe(workspace: string, forwarded: Forwarded): string {
  if (forwarded.direction === 'local') {
    const { address, localPort, port } = forwarded;
    return `${formatAddress(address, localPort)} → ${plain(workspace)}:${port}`;
  }
  const { remotePort, host, port } = forwarded;
  return `${plain(workspace)}:${remotePort} → ${formatAddress(host, port)}`;
}
