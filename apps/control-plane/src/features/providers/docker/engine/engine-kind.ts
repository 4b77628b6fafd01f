import * as z from 'zod';
import { ask, type Engine } from './engine.ts';

/** EngineLimits is what the engine can keep containers from taking too much of. */
export interface EngineLimits {
  readonly memory: boolean;
  readonly cpus: boolean;
  readonly processes: boolean;
}

/** EngineKind is what engines of one API do differently, as far as it can't be seen in their answers. */
export interface EngineKind {
  /** Files that are put into a container that never ran reach its volumes from the root. */
  readonly archivesReachVolumes: boolean;
  /** Its networks have no address of this machine. */
  readonly isRootless: boolean;
  readonly limits: EngineLimits;
  /** What owners of workspaces should know. */
  readonly warnings: readonly string[];
}

const DOCKER: EngineKind = {
  archivesReachVolumes: true,
  isRootless: false,
  limits: { memory: true, cpus: true, processes: true },
  warnings: [],
};

/** Answered by all versions from that one on. */
const PODMAN_INFO = '/v4.0.0/libpod/info';
/** Up to there its rules between networks are made by iptables, and are lost when one of the networks ends. */
const LAST_WITHOUT_NETWORK_RULES = 4;
/** Of what an engine says of itself. */
const MAX_WORDS = 100;
const MEETING_NETWORKS =
  'Workspaces of different projects can reach each other: Podman keeps its networks apart from version 5 on';

const VersionSchema = z.object({
  Components: z.array(z.object({ Name: z.string(), Version: z.string() })).nullish(),
});
const InfoSchema = z.object({
  MemoryLimit: z.boolean(),
  CpuCfsQuota: z.boolean(),
  PidsLimit: z.boolean(),
});
const PodmanInfoSchema = z.object({
  host: z.object({
    cgroupControllers: z.array(z.string()).nullish(),
    security: z.object({ rootless: z.boolean() }),
  }),
});

/** AskedEngine answers for itself; what only Podman tells is asked of Podman only. */
export interface AskedEngine {
  version(): Promise<unknown>;
  info(): Promise<unknown>;
  podmanInfo(): Promise<unknown>;
}

/** kindOf asks the engine what it is. */
export async function kindOf(engine: AskedEngine): Promise<EngineKind> {
  // Asked at once: for either answer Docker runs other programs, which takes several milliseconds.
  const [version, info] = await Promise.all([engine.version(), engine.info()]);
  const podman = podmanIn(version);
  if (!podman) {
    const limits = limitsOfDocker(info);
    return { ...DOCKER, limits, warnings: unlimited(limits) };
  }
  const { host } = PodmanInfoSchema.parse(await engine.podmanInfo());
  const controllers = host.cgroupControllers ?? [];
  const limits = {
    memory: controllers.includes('memory'),
    cpus: controllers.includes('cpu'),
    processes: controllers.includes('pids'),
  };
  const isOld = Number.parseInt(podman.Version, 10) <= LAST_WITHOUT_NETWORK_RULES;
  return {
    archivesReachVolumes: false,
    isRootless: host.security.rootless,
    limits,
    warnings: [...(isOld ? [MEETING_NETWORKS] : []), ...unlimited(limits)],
  };
}

function limitsOfDocker(answer: unknown): EngineLimits {
  const { MemoryLimit: memory, CpuCfsQuota: cpus, PidsLimit: processes } = InfoSchema.parse(answer);
  return { memory, cpus, processes };
}

function unlimited({ memory, cpus, processes }: EngineLimits): string[] {
  const names = [!memory && 'memory', !cpus && 'processors', !processes && 'processes'].filter(
    (name) => name !== false,
  );
  if (names.length === 0) return [];
  const [last = '', ...others] = names.toReversed();
  const words = others.length > 0 ? `${others.toReversed().join(', ')} and ${last}` : last;
  return [
    `The engine does not limit ${words} of workspaces, whatever their size says: it may not use the control groups for it`,
  ];
}

/** KindReader remembers what the engine is until it may be another. */
export interface KindReader {
  /** As far as it was asked. */
  readonly known: EngineKind;
  read(): Promise<EngineKind>;
  forget(): void;
}

export function createKindReader({ api }: Pick<Engine, 'api'>): KindReader {
  let known = DOCKER;
  let asked: Promise<EngineKind> | undefined;
  const engine = {
    version: () => api.version(),
    info: () => api.info(),
    podmanInfo: () => ask(api, PODMAN_INFO),
  };
  return {
    get known() {
      return known;
    },
    async read() {
      asked ??= kindOf(engine);
      const current = asked;
      try {
        known = await current;
      } catch (error) {
        if (asked === current) asked = undefined;
        throw error;
      }
      return known;
    },
    forget() {
      asked = undefined;
    },
  };
}

/** describe says what the engine is, for people. */
export async function describe({ api, place }: Pick<Engine, 'api' | 'place'>): Promise<string> {
  const answer = await api.version();
  const name = podmanIn(answer) ? 'Podman' : 'Container engine';
  return `${name} ${answer.Version} (${answer.Arch})`.slice(0, MAX_WORDS) + ` at ${place}`;
}

function podmanIn(answer: unknown) {
  const { Components: components } = VersionSchema.parse(answer);
  return components?.find(({ Name }) => Name === 'Podman Engine');
}
