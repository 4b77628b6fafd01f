import { AgentConfigError, readAgentConfig, readControlPlaneLink } from '@spt-flow/config/agent';
import { decodeJoinString, type JoinDetails } from '@spt-flow/config/join-string';
import {
  proxyVariables,
  readOptions,
  UsageError,
  type CommandContext,
} from '../console/command.ts';
import { LAYOUT } from '../install/layout.ts';
import { systemCode } from '../system/errors.ts';
import { readSettingsFile } from '../system/settings-file.ts';
import { controlPlaneSteps } from './control-plane-steps.ts';
import { subjectOf, type Examined, type Subject } from './examined.ts';
import { machineSteps } from './machine-steps.ts';
import { networkSteps } from './network-steps.ts';
import { lineOf } from './report.ts';
import { runSteps, type Step, type StepResult } from './step.ts';

export const DOCTOR_USAGE = `Usage: spt-flow-agent doctor [--url <url> | --code | --config-file <file>] [options]

Names what works between this machine and its control plane, step by step, and what to do about the step that does
not. Without options it examines the installed agent.

Options:
  --url <url>           a control plane that this machine has not joined yet
  --code                ask for a join code, or read it from a pipe; it stays unused
  --config-file <file>  settings of an agent that is not installed as a service
  --ca-file <file>      PEM certificate of the authority that signed the control plane's
  --output <format>     text or json (text)
  -h, --help            print this

With --url and --code, HTTPS_PROXY and NO_PROXY are taken from the environment. Ends with 1 when a step has failed.`;

const OPTIONS = {
  url: { type: 'string' },
  code: { type: 'boolean' },
  'config-file': { type: 'string' },
  'ca-file': { type: 'string' },
  output: { type: 'string', default: 'text' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** doctorCommand ends with 1 when a step has failed. */
export async function doctorCommand(context: CommandContext): Promise<number> {
  const options = readOptions(context.args, OPTIONS);
  const { terminal } = context;
  if (options.help) {
    terminal.print(DOCTOR_USAGE);
    return 0;
  }
  const { output } = options;
  if (output !== 'text' && output !== 'json') throw new UsageError('--output is text or json');
  const code = options.code ? await readCode(context) : undefined;
  const examined: Examined = {
    dial: context.dial,
    readSubject: () => readSubject(context, { ...options, code }),
  };
  const tell = output === 'text' ? (line: StepResult) => terminal.print(lineOf(line)) : () => {};
  const results = await runSteps(allSteps(examined, context), tell);
  const isHealthy = results.every(({ result }) => result !== 'failed');
  if (output === 'json') terminal.print(JSON.stringify({ isHealthy, steps: results }, null, 2));
  return isHealthy ? 0 : 1;
}

function allSteps(examined: Examined, { environment, tryLock }: CommandContext): Step[] {
  const machine = {
    stateDirectory: () => subjectOf(examined).stateDirectory ?? LAYOUT.state,
    isJoined: () => subjectOf(examined).stateDirectory !== undefined,
    path: environment['PATH'] ?? '',
    tryLock,
  };
  return [...networkSteps(examined), ...controlPlaneSteps(examined), ...machineSteps(machine)];
}

interface Choice {
  readonly url?: string | undefined;
  readonly code: string | undefined;
  readonly 'config-file'?: string | undefined;
  readonly 'ca-file'?: string | undefined;
}

async function readCode({ terminal }: CommandContext): Promise<string> {
  return terminal.isInteractive ? terminal.askSecret('Join code:') : terminal.readInput();
}

async function readSubject({ environment }: CommandContext, choice: Choice): Promise<Subject> {
  const { url, code } = choice;
  const around = { ...proxyVariables(environment), ...authority(choice) };
  if (code !== undefined) return invited(decodeJoinString(code), around);
  if (url !== undefined) {
    const link = readControlPlaneLink({ SPT_FLOW_AGENT_URL: url, ...around });
    return { link, serverKey: undefined, channelBinding: undefined, stateDirectory: undefined };
  }
  return joined(await findSettings(choice, environment), authority(choice));
}

function authority({ 'ca-file': file }: Choice): object {
  return file === undefined ? {} : { SPT_FLOW_AGENT_CA_FILE: file };
}

function invited(details: JoinDetails, around: object): Subject {
  const { url, serverKey, channelBinding } = details;
  const link = readControlPlaneLink({ SPT_FLOW_AGENT_URL: url, ...around });
  return { link, serverKey, channelBinding, stateDirectory: undefined };
}

function joined(settings: unknown, changes: object): Subject {
  const given = typeof settings === 'object' ? settings : {};
  const config = readAgentConfig({ ...given, ...changes });
  const { serverKey, channelBinding, stateDirectory } = config;
  return { link: config, serverKey, channelBinding, stateDirectory };
}

async function findSettings(
  { 'config-file': file }: Choice,
  environment: CommandContext['environment'],
): Promise<unknown> {
  if (file !== undefined) return readSettingsFile(file);
  if (environment['SPT_FLOW_AGENT_URL'] !== undefined) return environment;
  try {
    return await readSettingsFile(LAYOUT.settings);
  } catch (error) {
    const isMissing = error instanceof Error && systemCode(error.cause) === 'ENOENT';
    if (!isMissing) throw error;
    const hint = 'give --url, --code or --config-file to say what to examine';
    throw new AgentConfigError(`No agent is installed here: ${hint}`, { cause: error });
  }
}
