import { text } from 'node:stream/consumers';
import { AGENT_VARIABLE_PREFIX, AgentConfigError, readAgentConfig } from '@spt-flow/config/agent';
import { createBunRuntime } from './runtime/bun-runtime.ts';
import { createNodeRuntime } from './runtime/node-runtime.ts';
import type { Environment } from './runtime/spawn-group.ts';
import { messageOf } from './system/errors.ts';
import { AGENT_VERSION } from './version.ts';

const USAGE = `Usage: spt-flow-agent [--config-stdin | --version]

Connects this machine to an spt-flow control plane. Settings come from SPT_FLOW_AGENT_URL,
SPT_FLOW_AGENT_TOKEN, SPT_FLOW_AGENT_SERVER_KEY, SPT_FLOW_AGENT_STATE_DIR, SPT_FLOW_AGENT_PROJECT_DIR
and SPT_FLOW_AGENT_CHANNEL_BINDING, or with --config-stdin from one JSON document on the standard
input that has these names.
`;

const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;

const isBun = 'bun' in process.versions;
const [mode, ...rest] = process.argv.slice(2);

async function main(): Promise<number> {
  if (mode === '--version') return print(`${AGENT_VERSION}\n`);
  if (mode === '--help') return print(USAGE);
  if (mode === 'stage') return stage();
  if (mode === 'pty-host') return servePtys();
  if (mode === 'recover') return recover();
  if (mode === undefined || mode === '--config-stdin') return run();
  process.stderr.write(USAGE);
  return EXIT_USAGE;
}

function createRuntime() {
  return isBun
    ? createBunRuntime(process.execPath)
    : createNodeRuntime(process.execPath, __filename);
}

async function run(): Promise<number> {
  const { runAgent } = await import('./agent.ts');
  const config = readAgentConfig(mode === '--config-stdin' ? await readDocument() : process.env);
  await runAgent({
    config,
    runtime: createRuntime(),
    environment: takeEnvironment(),
    signal: stopSignal(),
  });
  return 0;
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  process.on('SIGINT', () => stop.abort());
  return stop.signal;
}

async function readDocument(): Promise<unknown> {
  try {
    return JSON.parse(await text(process.stdin));
  } catch (cause) {
    throw new AgentConfigError('The standard input is not a JSON document', { cause });
  }
}

/** What children inherit; the agent's own settings are removed, here and from /proc's later readers. */
function takeEnvironment(): Environment {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith(AGENT_VARIABLE_PREFIX)) Reflect.deleteProperty(process.env, name);
  }
  const entries = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}

async function stage(): Promise<number> {
  const { runStage } = await import('./change-set/stage-main.ts');
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
  const { stdin: input, stdout: output } = process;
  await runPtyHost({
    input,
    output,
    runtime: createRuntime(),
    directory: process.cwd(),
    environment: takeEnvironment(),
  });
  return 0;
}

async function print(output: string): Promise<number> {
  await new Promise((resolve) => process.stdout.write(output, resolve));
  return 0;
}

main().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    process.stderr.write(`spt-flow-agent: ${messageOf(error)}\n`);
    process.exit(error instanceof AgentConfigError ? EXIT_CONFIG : 1);
  },
);
