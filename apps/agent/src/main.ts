import { readFileSync } from 'node:fs';
import { AGENT_VARIABLE_PREFIX, AgentConfigError, readAgentConfig } from '@spt-flow/config/agent';
import { dialNodeSocket } from '@spt-flow/tunnel/websocket/node-socket';
import { RefusedError } from './connection/refused-error.ts';
import { type CommandContext, readOptions, UsageError } from './console/command.ts';
import { createTerminal } from './console/terminal.ts';
import { createRuntime } from '#runtime';
import { messageOf } from './system/errors.ts';
import { parseSettings, readSettingsFile } from './system/settings-file.ts';
import { AGENT_VERSION } from './version.ts';

const USAGE = `Usage: spt-flow-agent <command> [options]

Connects this machine to an spt-flow control plane.

Commands:
  join       join a control plane
  install    join a control plane, and have systemd run the agent
  uninstall  remove the agent from this machine
  doctor     name what works on the way to the control plane, and what to do about what does not
  run        be the agent: with settings from the environment (SPT_FLOW_AGENT_…), or from a JSON document that has
             these names, in a file (--config-file <file>) or on the standard input (--config-stdin)
  copy-to    copy the agent into a directory, for another container of the same pod

Options:
  --version  print the version
  --help     print this, or the help of a command
`;

const EXIT_USAGE = 64;
/** Refused for good: starting again changes nothing. */
const EXIT_REFUSED = 77;
const EXIT_CONFIG = 78;
const TRIM_INTERVAL_MS = 5_000;

/** Variables of whoever started the agent, which are not for its children. */
const SERVICE_VARIABLES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'];

const RUN_OPTIONS = {
  'config-file': { type: 'string' },
  'config-stdin': { type: 'boolean' },
} as const;

const [command = 'run', ...rest] = process.argv.slice(2);

async function main(): Promise<number> {
  switch (command) {
    case '--version':
      return print(`${AGENT_VERSION}\n`);
    case '--help':
    case '-h':
      return print(USAGE);
    case 'run':
      return run(rest);
    case '--config-stdin':
      return run([command]);
    case 'stage':
      return stage();
    case 'pty-host':
      return servePtys();
    case 'recover':
      return recover();
    case 'update':
      return (await import('./update/update-main.ts')).runUpdateMain(rest, {
        input: process.stdin,
        output: process.stdout,
      });
    case 'copy-to':
      return copyTo(rest);
    case 'git-credential':
      return answerGit();
    case 'doctor':
      return (await import('./doctor/doctor-command.ts')).doctorCommand(commandContext());
    case 'join':
      return (await import('./install/commands.ts')).joinCommand(commandContext());
    case 'install':
      return (await import('./install/commands.ts')).installCommand(commandContext());
    case 'uninstall':
      return (await import('./install/commands.ts')).uninstallCommand(commandContext());
    default:
      process.stderr.write(USAGE);
      return EXIT_USAGE;
  }
}

function commandContext(): CommandContext {
  const runtime = createRuntime();
  return {
    args: rest,
    environment: process.env,
    terminal: createTerminal(process),
    dial: dialNodeSocket,
    program: runtime.selfCommand(command).slice(0, -1),
    tryLock: runtime.tryLock,
  };
}

async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(args, RUN_OPTIONS);
  const { runAgent } = await import('./agent.ts');
  const { readLaunch } = await import('./update/launch.ts');
  const { createServiceNotifier } = await import('./service/service-notifier.ts');
  const config = readAgentConfig(await readSettings(options));
  const notifier = createServiceNotifier({
    environment: { ...process.env },
    log: (line) => void process.stderr.write(`${line}\n`),
  });
  const launch = readLaunch(process.env);
  const runtime = createRuntime();
  setInterval(runtime.trimMemory, TRIM_INTERVAL_MS).unref();
  await runAgent({
    config,
    ...{ runtime, launch },
    environment: takeEnvironment(),
    notifier,
    signal: stopSignal(),
  });
  return 0;
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  process.on('SIGINT', () => stop.abort());
  // A shell starts what runs beside it without ears for this one; who is heard here is heard again by all children.
  process.on('SIGQUIT', () => stop.abort());
  return stop.signal;
}

async function readSettings(
  options: Readonly<{ 'config-file'?: string | undefined; 'config-stdin'?: boolean | undefined }>,
): Promise<unknown> {
  const { 'config-file': file } = options;
  if (file !== undefined) return readSettingsFile(file);
  // Whoever starts it has written them already, and making a stream of it takes longer than reading it.
  return options['config-stdin'] ? parseSettings(readFileSync(0, 'utf8')) : process.env;
}

/** What children inherit; the agent's own settings are removed, here and from /proc's later readers. */
function takeEnvironment(): Record<string, string> {
  for (const name of Object.keys(process.env)) {
    const isOwn = name.startsWith(AGENT_VARIABLE_PREFIX) || SERVICE_VARIABLES.includes(name);
    if (isOwn) Reflect.deleteProperty(process.env, name);
  }
  const entries = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}

async function copyTo([directory]: readonly string[]): Promise<number> {
  if (directory === undefined) throw new UsageError('Name the directory to copy the agent to');
  await (await import('./system/copy-program.ts')).copyProgram(directory);
  return 0;
}

async function stage(): Promise<number> {
  const { runStage } = await import('./change-set/stage/main.ts');
  return print(
    await runStage({
      input: process.stdin,
      directories: rest,
      parseScript: createRuntime().parseScript,
    }),
  );
}

async function recover(): Promise<number> {
  const { runRecovery } = await import('./change-set/recover-main.ts');
  await runRecovery({
    directories: rest,
    runtime: createRuntime(),
    environment: takeEnvironment(),
    signal: stopSignal(),
  });
  return 0;
}

async function servePtys(): Promise<number> {
  const { runPtyHost } = await import('./pty-host/host-main.ts');
  const [socketPath = ''] = rest;
  await runPtyHost({
    socketPath,
    runtime: createRuntime(),
    directory: process.cwd(),
    onListening: () => void process.stdout.write('.'),
  });
  return 0;
}

async function answerGit(): Promise<number> {
  const { runCredentialHelper } = await import('./git-credentials/helper.ts');
  const note = (line: string) => void process.stderr.write(`${line}\n`);
  return print(await runCredentialHelper({ args: rest, input: process.stdin, note }));
}

async function print(output: string): Promise<number> {
  await new Promise((resolve) => process.stdout.write(output, resolve));
  return 0;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof AgentConfigError) return EXIT_CONFIG;
  if (error instanceof UsageError) return EXIT_USAGE;
  return error instanceof RefusedError ? EXIT_REFUSED : 1;
}

main().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    process.stderr.write(`spt-flow-agent: ${messageOf(error)}\n`);
    process.exit(exitCodeOf(error));
  },
);
