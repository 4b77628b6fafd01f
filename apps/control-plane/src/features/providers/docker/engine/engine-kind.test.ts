import { expect, it } from 'vitest';
import { kindOf } from './engine-kind.ts';

const ALL = { memory: true, cpus: true, processes: true };
const NONE = { memory: false, cpus: false, processes: false };

interface Answers {
  readonly name: string;
  readonly version: string;
  readonly info?: object;
  readonly podman?: { readonly controllers: readonly string[]; readonly isRootless?: boolean };
}

function engine({ name, version, info = {}, podman }: Answers) {
  const { controllers = [], isRootless = false } = podman ?? {};
  return {
    version: async () => ({ Version: version, Components: [{ Name: name, Version: version }] }),
    // Podman says there what the machine could limit, and not what it may.
    info: async () => ({ MemoryLimit: true, CpuCfsQuota: true, PidsLimit: true, ...info }),
    podmanInfo: async () => ({
      host: { cgroupControllers: controllers, security: { rootless: isRootless } },
    }),
  };
}

const EVERY = ['cpuset', 'cpu', 'memory', 'pids'];

it.each([
  [{ name: 'Engine', version: '20.10.24' }, true, 0],
  [{ name: 'Podman Engine', version: '4.3.1', podman: { controllers: EVERY } }, false, 1],
  [{ name: 'Podman Engine', version: '5.2.0', podman: { controllers: EVERY } }, false, 0],
])('%o: volumes are reached: %s, warnings: %i', async (answers, reached, warnings) => {
  const kind = await kindOf(engine(answers));

  expect(kind.archivesReachVolumes).toBe(reached);
  expect(kind.warnings).toHaveLength(warnings);
  expect(kind.limits).toEqual(ALL);
});

it.each([
  ['nothing', [], NONE, 'memory, processors and processes'],
  ['no processors', ['memory', 'pids'], { ...ALL, cpus: false }, 'processors'],
])(
  'Podman that may limit %s says so, whatever the machine could',
  async (_name, controllers, limits, words) => {
    const podman = { controllers, isRootless: true };
    const kind = await kindOf(engine({ name: 'Podman Engine', version: '5.2.0', podman }));

    expect(kind.limits).toEqual(limits);
    expect(kind.warnings).toEqual([
      expect.stringContaining(`does not limit ${words} of workspaces`),
    ]);
    expect(kind.isRootless).toBe(true);
  },
);

it('Docker without control groups says what is not limited', async () => {
  const info = { MemoryLimit: false, CpuCfsQuota: false, PidsLimit: false };
  const kind = await kindOf(engine({ name: 'Engine', version: '27.0.0', info }));

  expect(kind.limits).toEqual(NONE);
  expect(kind.warnings).toHaveLength(1);
});
