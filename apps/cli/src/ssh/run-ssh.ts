import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SshLogin } from '@spt-flow/shared/api/ssh';
import type { Context } from '../context.ts';
import { CliError, EXIT } from '../core/errors.ts';
import type { CliIo } from '../core/io.ts';
import { PIPED_SHELL, shellCommand } from '../terminal/shell-command.ts';
import { hostNameOf } from './host-name.ts';
import { knownHosts, sshOptions } from './ssh-options.ts';
import { OLDEST_SSH, tooOldSsh } from './ssh-version.ts';

/** Forwarding is what is passed on to ssh as it is. */
export interface Forwarding {
  readonly forwardAgent?: boolean;
  readonly localForward: readonly string[];
  readonly remoteForward: readonly string[];
  readonly dynamicForward: readonly string[];
  readonly forwardOnly?: boolean;
  readonly sshOption: readonly string[];
}

export interface SshRun extends SshLogin {
  /** Of the workspace. */
  readonly name: string;
  readonly words: readonly string[];
  readonly forwarding: Forwarding;
}

/** Of ssh itself, not of the command. */
const OWN_FAILURE = 255;
const LOGIN_SHELL = 'exec "$SHELL" -l';

/** runSsh gives the terminal to ssh, and resolves with its exit code: that of the command, or 255. Where ssh can't work it says what can. */
export async function runSsh(context: Context, run: SshRun): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-'));
  try {
    const known = path.join(folder, 'known_hosts');
    await writeFile(known, knownHosts(run.hostAuthority));
    const options = sshOptions({
      program: context.io.program.command,
      server: await context.server(),
      agentSocket: path.join(folder, 'agent').replaceAll('%', '%%'),
      knownHosts: known,
      platform: process.platform,
    });
    const args = [...optionArguments(run, options), ...targetArguments(context.io, run)];
    const exitCode = await start(context.io, args).catch((cause: unknown) => {
      throw insteadOfSsh('This machine has no ssh', run.name, cause);
    });
    const version = exitCode === OWN_FAILURE ? await tooOldSsh(context.io) : undefined;
    if (version === undefined) return exitCode;
    const what = `The ssh of this machine is ${version}: ${OLDEST_SSH} is the oldest that works`;
    throw insteadOfSsh(what, run.name);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function optionArguments(
  { user, forwarding }: SshRun,
  options: readonly (readonly [name: string, value: string])[],
): string[] {
  const each = (flag: string, values: readonly string[]) =>
    values.flatMap((value) => [flag, value]);
  return [
    ...each('-o', forwarding.sshOption),
    ...each(
      '-o',
      options.map(([name, value]) => `${name}=${value}`),
    ),
    // A connection that is shared would outlive the files that are made for this one.
    ...each('-o', [`User=${user}`, 'ControlPath=none', 'LogLevel=ERROR']),
    ...(forwarding.forwardAgent ? ['-A'] : []),
    ...each('-L', forwarding.localForward),
    ...each('-R', forwarding.remoteForward),
    ...each('-D', forwarding.dynamicForward),
  ];
}

/** Keys and a screen get a terminal; where one of them is a pipe or a file, bytes have to stay as they are. */
function targetArguments({ stdin, stdout }: CliIo, { name, words, directory, forwarding }: SshRun) {
  const host = hostNameOf(name);
  if (forwarding.forwardOnly) return ['-N', host];
  const hasScreen = stdin.isTTY === true && stdout.isTTY === true;
  const shell = hasScreen ? LOGIN_SHELL : PIPED_SHELL;
  const command = words.length === 0 ? shell : shellCommand(words);
  return [
    hasScreen ? '-t' : '-T',
    host,
    `${shellCommand(['cd', directory])} || exit 1; ${command}`,
  ];
}

function start(io: CliIo, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', args, { stdio: 'inherit', env: { ...io.env } });
    const end = () => child.kill('SIGTERM');
    io.signal.addEventListener('abort', end, { once: true });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      io.signal.removeEventListener('abort', end);
      resolve(code ?? (signal === 'SIGINT' ? EXIT.interrupted : EXIT.failure));
    });
  });
}

function insteadOfSsh(what: string, name: string, cause?: unknown): CliError {
  return new CliError({
    ...{ what, details: ['Install a newer OpenSSH client, or work without one'] },
    ...{ command: `spt-flow terminal ${name}`, exitCode: EXIT.failure, cause },
  });
}
