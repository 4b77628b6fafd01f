import type Docker from 'dockerode';
import type { ServiceHealthcheck, ServicePlan } from '../../service-plan.ts';
import type { WorkspaceSpec } from '../../provider.ts';
import { LOG_CONFIG, NO_NAMES, volumeMount, volumeName } from '../containers/container-options.ts';
import type { Egress } from '../network/egress.ts';
import type { Labels } from '../../labels.ts';
import { limitsOf, type LimitCaps } from '../../limits.ts';
import { limitOptions, type Limitable } from '../containers/limit-options.ts';
import { capabilityName, PROFILE_CAPABILITIES } from '../containers/plan-policy.ts';

const NANOSECONDS = 1e6;
/** Where a service fails again and again there is something to correct. */
const MAX_RESTARTS = 5;

export interface ServiceInput {
  readonly spec: WorkspaceSpec;
  readonly service: ServicePlan;
  readonly labels: Labels;
  readonly caps: LimitCaps;
  readonly egress: Pick<Egress, 'environment' | 'resolvesNames'>;
  readonly limitable: Limitable;
  /** A network with the names that the service has there, or a container whose network it shares. */
  readonly network:
    { readonly name: string; readonly aliases: readonly string[] } | { readonly of: string };
}

/** serviceOptions isolates a service like the workspace that it belongs to. */
export function serviceOptions(input: ServiceInput): Docker.ContainerCreateOptions {
  const { spec, service, network } = input;
  const variables = { ...input.egress.environment, ...service.environment };
  return {
    name: `spt-flow-${spec.workspaceId}-${service.name}`,
    Image: service.image,
    ...(service.user !== null && { User: service.user }),
    ...(service.entrypoint && { Entrypoint: [...service.entrypoint] }),
    ...(service.command && { Cmd: [...service.command] }),
    ...(service.workingDirectory !== null && { WorkingDir: service.workingDirectory }),
    ...(service.healthcheck && { Healthcheck: healthcheckOf(service.healthcheck) }),
    Env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    Labels: { ...input.labels },
    HostConfig: hostConfig(input),
    ...('name' in network && {
      NetworkingConfig: { EndpointsConfig: { [network.name]: { Aliases: [...network.aliases] } } },
    }),
  };
}

function hostConfig(input: ServiceInput): Docker.HostConfig {
  const { spec, service, network } = input;
  const { isolation } = spec.settings;
  const limits = limitsOf(spec, input.caps).service;
  const capabilities = [...PROFILE_CAPABILITIES[isolation], ...service.capabilities];
  const tmpfs = service.mounts.filter(({ kind }) => kind === 'tmpfs');
  return {
    NetworkMode: 'name' in network ? network.name : `container:${network.of}`,
    ...('name' in network && !input.egress.resolvesNames && NO_NAMES),
    Init: service.init,
    Privileged: service.privileged,
    ReadonlyRootfs: service.isReadOnly,
    CapDrop: ['ALL'],
    CapAdd: [...new Set(capabilities.map(capabilityName))],
    SecurityOpt: [
      ...(isolation === 'relaxed' ? [] : ['no-new-privileges:true']),
      ...service.securityOptions,
    ],
    ...limitOptions(limits, input.limitable),
    RestartPolicy: service.restarts
      ? { Name: 'on-failure', MaximumRetryCount: MAX_RESTARTS }
      : { Name: 'no' },
    Tmpfs: Object.fromEntries(tmpfs.map(({ target }) => [target, 'rw,nosuid,nodev,mode=1777'])),
    LogConfig: LOG_CONFIG,
    Mounts: mountsOf(input),
  };
}

/** serviceVolumes names the volumes that a service mounts. */
export function serviceVolumes(input: Pick<ServiceInput, 'spec' | 'service'>): string[] {
  return mountsOf(input).map(({ Source }) => Source);
}

function mountsOf({ spec, service }: Pick<ServiceInput, 'spec' | 'service'>) {
  const { workspaceId, revision } = spec;
  return service.mounts
    .filter(({ kind }) => kind !== 'tmpfs')
    .map(({ kind, name, target, isReadOnly }) => {
      const within = kind === 'project' ? 'workspace' : `own-${name}`;
      return {
        ...volumeMount(volumeName(workspaceId, within, revision), target),
        ReadOnly: isReadOnly,
      };
    });
}

function healthcheckOf({
  test,
  intervalMs,
  timeoutMs,
  startPeriodMs,
  retries,
}: ServiceHealthcheck): Docker.HealthConfig {
  return {
    ...(test && { Test: [...test] }),
    ...(intervalMs !== null && { Interval: intervalMs * NANOSECONDS }),
    ...(timeoutMs !== null && { Timeout: timeoutMs * NANOSECONDS }),
    ...(startPeriodMs !== null && { StartPeriod: startPeriodMs * NANOSECONDS }),
    ...(retries !== null && { Retries: retries }),
  };
}
