import type Docker from 'dockerode';
import type { WorkspaceSpec } from '../../provider.ts';
import { containerEnvironment } from '../../container-environment.ts';
import { keptAgent } from '../../kept-agent.ts';
import type { Egress } from '../network/egress.ts';
import { accountOf, type Account } from '../images/image-facts.ts';
import { gpuOptions } from './gpus.ts';
import type { PreparedImage } from '../images/images.ts';
import type { Labels } from '../../labels.ts';
import { limitsOf, type LimitCaps } from '../../limits.ts';
import { limitOptions, type Limitable } from './limit-options.ts';
import { aliasesIn, OWN } from '../network/service-network.ts';
import {
  AGENT_DIRECTORY,
  HISTORY_DIRECTORY,
  STATE_DIRECTORY,
  WORKSPACE_DIRECTORY,
} from '../../container-paths.ts';
import { capabilityName, PROFILE_CAPABILITIES } from './plan-policy.ts';

const LARGEST_TMP_BYTES = 1024 ** 3;

export const LOG_CONFIG = {
  Type: 'json-file',
  Config: { 'max-size': '1m', 'max-file': '1' },
};

/** Nobody answers there, and programs shall not wait for it. */
export const NO_NAMES = { Dns: ['127.0.0.1'], DnsOptions: ['timeout:1', 'attempts:1'] };

export interface ContainerInput {
  readonly spec: WorkspaceSpec;
  readonly image: PreparedImage;
  readonly network: string;
  /** Of what leads to the control plane. */
  readonly doors: NonNullable<Docker.HostConfig['Mounts']>;
  readonly labels: Labels;
  readonly caps: LimitCaps;
  readonly limitable: Limitable;
  /** For virtual machines inside. */
  readonly kvm: Pick<Docker.HostConfig, 'Devices' | 'GroupAdd'>;
  readonly egress: Pick<Egress, 'environment' | 'resolvesNames'>;
}

/** Layout is whose the workspace is in the container, and what is kept for it. */
export interface Layout {
  readonly account: Account;
  readonly project: string;
  /** Name within the workspace to where it is mounted. */
  readonly volumes: Readonly<Record<string, string>>;
}

export function layoutOf({ container: plan }: WorkspaceSpec, image: PreparedImage): Layout {
  const account = accountOf(plan?.user ?? image.user, image, image.name);
  const project = plan?.workspaceFolder ?? WORKSPACE_DIRECTORY;
  return { account, project, volumes: placesOf(plan, { home: account.home, project }) };
}

/** What is kept, by its name within the workspace, to where it is mounted. */
function placesOf(
  plan: WorkspaceSpec['container'],
  { home, project }: { readonly home: string; readonly project: string },
): Record<string, string> {
  const own = plan?.mounts.filter(({ kind }) => kind === 'volume') ?? [];
  return {
    ...Object.fromEntries(own.map(({ name, target }) => [`own-${name}`, target])),
    home,
    'claude-config': `${home}/.claude`,
    'shell-history': HISTORY_DIRECTORY,
    [STATE_VOLUME]: STATE_DIRECTORY,
    workspace: project,
  };
}

/** userOf names the account of a container by numbers, as engines take it. */
export function userOf({ account }: Pick<Layout, 'account'>): string {
  return `${account.uid}:${account.gid}`;
}

/** The agent's own: it stays with the workspace, whatever state its files are in. */
export const STATE_VOLUME = 'agent-state';

/** containerName names the workspace's own container. */
export function containerName(workspaceId: string): string {
  return `spt-flow-${workspaceId}`;
}

/** volumeName names a volume of a workspace in one state of its files; the first state has no number. */
export function volumeName(workspaceId: string, name: string, revision = 0): string {
  const state = revision === 0 || name === STATE_VOLUME ? '' : `r${revision}-`;
  return `spt-flow-${workspaceId}-${state}${name}`;
}

/** volumesOf names the volumes of a workspace's own container, which are the same whatever its image is. */
export function volumesOf({ workspaceId, container, revision }: WorkspaceSpec): string[] {
  const names = Object.keys(placesOf(container, { home: '', project: '' }));
  return names.map((name) => volumeName(workspaceId, name, revision));
}

export function volumeMount(source: string, target: string) {
  return { Type: 'volume' as const, Source: source, Target: target };
}

/** containerOptions says how the engine isolates a workspace; nothing in it is secret, because `docker inspect` shows it. */
export function containerOptions(input: ContainerInput): Docker.ContainerCreateOptions {
  const { spec, image } = input;
  const layout = layoutOf(spec, image);
  return {
    name: containerName(spec.workspaceId),
    Hostname: spec.name.replace(/[^A-Za-z0-9-]/g, '-').slice(0, 63),
    Image: image.name,
    User: userOf(layout),
    WorkingDir: layout.project,
    Entrypoint: keptAgent([image.agentFile, '--config-stdin']),
    Cmd: [],
    Env: environmentOf(input, layout),
    Labels: { ...input.labels },
    // The agent's settings come over its standard input, which ends with them.
    ...{ OpenStdin: true, StdinOnce: true },
    ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true },
    HostConfig: hostConfig(input, layout),
    NetworkingConfig: {
      EndpointsConfig: {
        [input.network]: spec.container ? { Aliases: aliasesIn(spec.container, OWN) } : {},
      },
    },
  };
}

function hostConfig(input: ContainerInput, { volumes }: Layout): Docker.HostConfig {
  const { spec, image, caps } = input;
  const plan = spec.container;
  const { isolation } = spec.settings;
  const limits = limitsOf(spec, caps).own;
  const tmpfs =
    plan?.mounts.filter(({ kind }) => kind === 'tmpfs').map(({ target }) => target) ?? [];
  const tmpBytes = Math.min(LARGEST_TMP_BYTES, Math.floor(limits.memoryBytes / 4));
  const capabilities = [...PROFILE_CAPABILITIES[isolation], ...(plan?.capabilities ?? [])];
  return {
    NetworkMode: input.network,
    ...(!input.egress.resolvesNames && NO_NAMES),
    Init: true,
    Privileged: plan?.privileged ?? false,
    ...input.kvm,
    ...gpuOptions(spec.settings),
    CapDrop: ['ALL'],
    CapAdd: [...new Set(capabilities.map(capabilityName))],
    SecurityOpt: [
      ...(isolation === 'relaxed' ? [] : ['no-new-privileges:true']),
      ...(plan?.securityOptions ?? []),
    ],
    ...limitOptions(limits, input.limitable),
    Tmpfs: Object.fromEntries(
      ['/tmp', ...tmpfs].map((target) => [
        target,
        `rw,exec,nosuid,nodev,mode=1777,size=${tmpBytes}`,
      ]),
    ),
    LogConfig: LOG_CONFIG,
    Mounts: [
      ...Object.entries(volumes).map(([name, target]) =>
        volumeMount(volumeName(spec.workspaceId, name, spec.revision), target),
      ),
      { Type: 'volume', Source: image.agentVolume, Target: AGENT_DIRECTORY, ReadOnly: true },
      ...input.doors,
    ],
  };
}

function environmentOf({ spec, image, egress }: ContainerInput, layout: Layout): string[] {
  const { account } = layout;
  const variables = {
    ...egress.environment,
    ...containerEnvironment(account.home),
    USER: account.name,
    LOGNAME: account.name,
    SHELL: account.shell,
    PATH: `${account.home}/.local/bin:${image.path}`,
    ...spec.settings.environment,
    ...spec.container?.environment,
  };
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}
