import type { IsolationProfile } from '@spt-flow/shared/domain/workspace-settings';
import {
  EXTRA_CAPABILITIES,
  EXTRA_SECURITY_OPTIONS,
  PROFILE_CAPABILITIES,
  type ContainerMount,
} from '../../providers/index.ts';
import type { DevcontainerConfig, Metadata } from '../reading/index.ts';
import { mountFields, permittedMount, volumeArgument } from './mounts.ts';
import type { Refuse } from './refusal.ts';
import { readRunArgs, type RunArgument } from './run-args.ts';

/** Limits are what devcontainers may ask for at most. */
export interface Limits {
  readonly isolation: IsolationProfile;
  /** An admin permits devcontainers that own their host, where the isolation is relaxed. */
  readonly allowPrivileged: boolean;
}

/** Wishes are what one source (the repository, an image, a feature) asks of the container, and may have. */
export interface Wishes {
  readonly mounts: ContainerMount[];
  readonly capabilities: string[];
  readonly securityOptions: string[];
  readonly environment: Record<string, string>;
  privileged: boolean;
  init: boolean;
  user: string | undefined;
  /** Options that have no effect here. */
  readonly ignored: string[];
}

/** judgeMetadata returns what may be had of what the repository or an image asks; the rest is refused. */
export function judgeMetadata(metadata: Metadata, limits: Limits, refuse: Refuse): Wishes {
  const wishes: Wishes = {
    ...{ mounts: [], capabilities: [], securityOptions: [], environment: {}, ignored: [] },
    ...{ privileged: false, init: metadata.init ?? false, user: undefined },
  };
  if (metadata.privileged)
    askPrivileged(wishes, limits, () => refuse('privileged', ['privileged'], '"privileged"'));
  metadata.capAdd?.forEach((name, index) =>
    take(permittedCapability(name, limits), wishes.capabilities, () =>
      refuse(
        'capability',
        ['capAdd', index],
        `The capability "${name}" in the isolation "${limits.isolation}"`,
      ),
    ),
  );
  metadata.securityOpt?.forEach((option, index) =>
    take(permittedOption(option, limits), wishes.securityOptions, () =>
      refuse(
        'security-option',
        ['securityOpt', index],
        `"${option}" in the isolation "${limits.isolation}"`,
      ),
    ),
  );
  metadata.mounts?.forEach((mount, index) => {
    const permitted = permittedMount(mount, { path: ['mounts', index], refuse });
    if (permitted) wishes.mounts.push(permitted);
  });
  return wishes;
}

/** judgeConfig judges what only a devcontainer.json can ask for besides. */
export function judgeConfig(config: DevcontainerConfig, limits: Limits, refuse: Refuse): Wishes {
  const wishes = judgeMetadata(config, limits, refuse);
  if (config.initializeCommand !== undefined)
    refuse('initialize-command', ['initializeCommand'], '"initializeCommand"');
  if (config.appPort !== undefined) refuse('published-port', ['appPort'], '"appPort"');
  config.build?.options?.forEach((option, index) =>
    refuse('build-option', ['build', 'options', index], `"${option}"`),
  );
  const { understood, ignored } = readRunArgs(config.runArgs ?? [], refuse);
  wishes.ignored.push(...ignored);
  for (const argument of understood) askArgument(wishes, argument, { limits, refuse });
  return wishes;
}

interface Judging {
  readonly limits: Limits;
  readonly refuse: Refuse;
}

function askArgument(
  wishes: Wishes,
  { name, value, index }: RunArgument,
  { limits, refuse }: Judging,
): void {
  const path = ['runArgs', index];
  const shown = `"--${name}=${value}" in the isolation "${limits.isolation}"`;
  switch (name) {
    case 'init':
      wishes.init ||= value === 'true';
      return;
    case 'privileged':
      if (value !== 'false')
        askPrivileged(wishes, limits, () => refuse('privileged', path, '"--privileged"'));
      return;
    case 'cap-add':
      return take(permittedCapability(value, limits), wishes.capabilities, () =>
        refuse('capability', path, shown),
      );
    case 'security-opt':
      return take(permittedOption(value, limits), wishes.securityOptions, () =>
        refuse('security-option', path, shown),
      );
    case 'user':
      wishes.user = value;
      return;
    case 'env':
      return askVariable(wishes, value, () =>
        refuse('run-argument', path, `"--env=${value}" without a value`),
      );
    default:
      return askMount(wishes, { name, value }, (rule, _path, problem) =>
        refuse(rule, path, problem),
      );
  }
}

function askMount(wishes: Wishes, argument: { name: string; value: string }, refuse: Refuse): void {
  const mount =
    argument.name === 'mount'
      ? argument.value
      : argument.name === 'tmpfs'
        ? { type: 'tmpfs', target: argument.value.split(':')[0] ?? '' }
        : volumeArgument(argument.value);
  if (mount === undefined) return refuse('host-mount', [], `"--volume=${argument.value}"`);
  const permitted = permittedMount(mount, { path: [], refuse });
  if (permitted) wishes.mounts.push(permitted);
}

function askPrivileged(wishes: Wishes, limits: Limits, refuse: () => void): void {
  if (limits.allowPrivileged && limits.isolation === 'relaxed') wishes.privileged = true;
  else refuse();
}

function permittedCapability(name: string, { isolation }: Limits): string | undefined {
  const known = name.toUpperCase().replace(/^CAP_/, '');
  const permitted = [...PROFILE_CAPABILITIES[isolation], ...EXTRA_CAPABILITIES[isolation]];
  return permitted.includes(known) ? known : undefined;
}

function permittedOption(text: string, { isolation }: Limits): string | undefined {
  const option = text
    .replace(/^(no-new-privileges)[:=]true$/, '$1')
    .replace(/^seccomp:/, 'seccomp=');
  return EXTRA_SECURITY_OPTIONS[isolation].includes(option) ? option : undefined;
}

function take(permitted: string | undefined, into: string[], refuse: () => void): void {
  if (permitted === undefined) refuse();
  else into.push(permitted);
}

/** `--env NAME` alone would hand over a variable of whoever starts the container. */
function askVariable(wishes: Wishes, text: string, refuse: () => void): void {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) refuse();
  else wishes.environment[name] = value;
}

/** judgeWorkspaceMount permits what says the same as the default: the project, at the workspace folder. */
export function judgeWorkspaceMount(
  config: Pick<DevcontainerConfig, 'workspaceMount' | 'workspaceFolder'>,
  localWorkspaceFolder: string,
  refuse: Refuse,
): void {
  if (config.workspaceMount === undefined) return;
  const { type = 'bind', source = '', target = '' } = mountFields(config.workspaceMount);
  const isProject = type === 'volume' || (type === 'bind' && source === localWorkspaceFolder);
  if (!isProject) refuse('workspace-mount', ['workspaceMount'], `The mount of "${source}"`);
  else if (target !== config.workspaceFolder)
    refuse(
      'workspace-mount',
      ['workspaceMount'],
      `A mount at "${target}" that is not the workspaceFolder`,
    );
}
