import type { Refuse } from './refusal.ts';

/** RunArgument is one option of `docker run`, as a devcontainer.json asks for it. */
export interface RunArgument {
  /** The long form, without dashes. */
  readonly name: string;
  readonly value: string;
  readonly index: number;
}

const SHORT: Readonly<Record<string, string>> = {
  '-e': 'env',
  '-u': 'user',
  '-v': 'volume',
  '-h': 'hostname',
  '-l': 'label',
  '-m': 'memory',
  '-c': 'cpu-shares',
  '-p': 'publish',
  '-P': 'publish-all',
};
const SWITCHES = new Set(['init', 'privileged', 'rm', 'publish-all']);
const NAMESPACES = new Set(['network', 'net', 'pid', 'ipc', 'uts', 'userns', 'cgroupns']);
const DEVICES = new Set(['device', 'gpus', 'device-cgroup-rule', 'blkio-weight-device']);
const PUBLISHED = new Set(['publish', 'publish-all', 'expose']);
/** What has an effect here. */
const UNDERSTOOD = new Set([
  ...['init', 'privileged', 'cap-add', 'security-opt', 'env', 'user'],
  ...['mount', 'volume', 'tmpfs'],
]);
/** Harmless, and decided by the workspace itself: name, limits and labels. */
const DECIDED_HERE = new Set([
  ...['name', 'hostname', 'label', 'rm', 'shm-size', 'memory', 'memory-swap', 'cpus'],
  ...['cpu-shares', 'pids-limit', 'ulimit', 'stop-timeout', 'cap-drop'],
]);

/** readRunArgs reads `runArgs` strictly: what is not in the list is refused, whatever it may mean. */
export function readRunArgs(
  args: readonly string[],
  refuse: Refuse,
): { understood: RunArgument[]; ignored: string[] } {
  const understood: RunArgument[] = [];
  const ignored: string[] = [];
  for (const argument of splitArguments(args, refuse)) {
    const { name, value, index } = argument;
    const refuseHere = (rule: Parameters<Refuse>[0]) =>
      refuse(rule, ['runArgs', index], `"--${name}${value && `=${value}`}"`);
    if (NAMESPACES.has(name)) {
      // Its own network by another name is what it gets anyway.
      if (value === 'bridge' || value === 'private') ignored.push(name);
      else refuseHere('host-namespace');
    } else if (DEVICES.has(name)) refuseHere('device');
    else if (PUBLISHED.has(name)) refuseHere('published-port');
    else if (UNDERSTOOD.has(name)) understood.push(argument);
    else if (DECIDED_HERE.has(name)) ignored.push(name);
    else refuseHere('run-argument');
  }
  return { understood, ignored };
}

function splitArguments(args: readonly string[], refuse: Refuse): RunArgument[] {
  const found: RunArgument[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const [flag = '', ...rest] = (args[index] ?? '').split('=');
    const name = SHORT[flag] ?? /^--([a-z][a-z-]*)$/.exec(flag)?.[1];
    if (name === undefined) {
      refuse('run-argument', ['runArgs', index], `"${flag}"`);
      // What follows can't be told apart from its value any more.
      return found;
    }
    if (rest.length > 0) found.push({ name, value: rest.join('='), index });
    else if (SWITCHES.has(name)) found.push({ name, value: 'true', index });
    else {
      found.push({ name, value: args[index + 1] ?? '', index });
      index += 1;
    }
  }
  return found;
}
