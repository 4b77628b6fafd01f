import { fileURLToPath } from 'node:url';
import type { Policy } from '@spt-flow/policy/policy';
import { PolicyError } from '@spt-flow/policy/policy-error';
import { AppError } from '@spt-flow/shared/domain/errors';
import {
  DEFAULT_SETTINGS,
  type WorkspaceSettings,
} from '@spt-flow/shared/domain/workspace-settings';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../lib/audit.ts';
import type { ContainerPlan } from '../../providers/container-plan.ts';
import { createPermit, type WorkspacePlan, type WorkspacePolicy } from './policy.ts';
import { createRegoPolicy, openRegoPolicy, type RegoPolicyDeps } from './rego-policy.ts';
import { PLAIN_CONTAINER, PLAIN_SERVICE } from '../../providers/testing/plans.ts';

/** Bytes that are no rules. */
const SOURCE = fileURLToPath(import.meta.url);
const SETTINGS = {
  maxSize: 'devenv',
  maxIsolation: 'devenv',
  images: ['registry.example.com/team/*', 'node:24'],
  allowPrivileged: false,
} as const;
const PLAN: WorkspacePlan = {
  ...{ action: 'create', organizationId: 'org', ownerId: 'ada', provider: 'docker' },
  ...{ template: null, settings: DEFAULT_SETTINGS },
};
const WITH_SERVICE = { container: { ...PLAIN_CONTAINER, services: [PLAIN_SERVICE] } };
const ASKED = { principal: 'user:ada', target: 'demo', correlationId: 'c' };

function deps(changes: Partial<RegoPolicyDeps> = {}): RegoPolicyDeps {
  return { settings: SETTINGS, own: {}, prices: { perHour: () => 0.05 }, ...changes };
}

async function denials(plan: Partial<WorkspacePlan>, changes: Partial<RegoPolicyDeps> = {}) {
  const policy = await openRegoPolicy(deps(changes));
  return policy({ ...PLAN, ...plan });
}

function of(settings: Partial<WorkspaceSettings>): Pick<WorkspacePlan, 'settings'> {
  return { settings: { ...DEFAULT_SETTINGS, ...settings } };
}

describe('the rules', () => {
  it.each([
    [{}],
    [{ size: 'devenv', isolation: 'devenv' } as const],
    [{ image: 'node:24' }],
    [{ image: 'registry.example.com/team/base:1' }],
    [{ egress: ['github.com'] }],
    [{ environment: { TOKEN: 'hidden' } }],
  ])('permit %j', async (settings) => {
    expect(await denials(of(settings))).toEqual([]);
  });

  it.each([
    [{ isolation: 'relaxed' } as const, 'isolation', 'none of the permitted: restricted, devenv'],
    [{ image: 'node:24-slim' }, 'images', 'permitted: registry.example.com/team/*, node:24'],
    [{ image: 'registry-example.com/team/x' }, 'images', 'none of the permitted'],
    [{ image: 'evil/registry.example.com/team/x' }, 'images', 'none of the permitted'],
  ])('deny %j and say why', async (settings, rule, reason) => {
    expect(await denials(of(settings))).toEqual([
      expect.objectContaining({ rule, reason: expect.stringContaining(reason) }),
    ]);
  });

  it('follow the settings of the operator', async () => {
    const settings = { ...SETTINGS, maxIsolation: 'relaxed', images: null } as const;

    expect(await denials(of({ isolation: 'relaxed', image: 'any:1' }), { settings })).toEqual([]);
    expect(
      await denials(of({ size: 'devenv' }), { settings: { ...SETTINGS, maxSize: 'chat' } }),
    ).toMatchObject([{ rule: 'sizes' }]);
    expect(
      await denials(of({ image: 'any:1' }), { settings: { ...SETTINGS, images: [] } }),
    ).toMatchObject([{ rule: 'images' }]);
  });

  it.each([
    [{ egress_hosts: ['*.example.com'] }, of({ egress: ['github.com'] }), 'egress'],
    [{ egress_hosts: ['*.example.com'] }, of({ egress: null }), 'egress'],
    [{ max_cost_per_hour: 0.01 }, {}, 'cost'],
    [{ max_memory: '1Gi' }, {}, 'limits'],
    [{ max_cpus: 0.5 }, {}, 'limits'],
    [{ max_containers: 1 }, WITH_SERVICE, 'limits'],
    [{ capabilities: [] }, {}, 'privileges'],
    [{ pinned_images: true }, of({ image: 'node:24' }), 'images'],
  ])('follow the file of the operator: %j', async (workspace, plan, rule) => {
    expect(await denials(plan)).toEqual([]);
    expect((await denials(plan, { own: { workspace } }))[0]).toMatchObject({ rule });
  });

  it('deny a cost that nobody knows under a ceiling, but for servers, which are paid elsewhere', async () => {
    const changes = {
      own: { workspace: { max_cost_per_hour: 1 } },
      prices: { perHour: () => null },
    };

    expect(await denials({}, changes)).toMatchObject([{ rule: 'cost' }]);
    expect(await denials({ provider: 'server' }, changes)).toEqual([]);
  });

  it('deny what a devcontainer asks for, of its services too', async () => {
    const service = { ...PLAIN_SERVICE, privileged: true, capabilities: ['cap_sys_admin'] };
    const container: ContainerPlan = {
      ...PLAIN_CONTAINER,
      ...{ privileged: true, services: [service] },
      mounts: [{ kind: 'volume', name: 'cache', target: '/cache' }],
    };
    const own = {
      workspace: { volume_kinds: ['tmpfs'], capabilities: ['CHOWN', 'SETGID', 'SETUID'] },
    };

    const found = await denials({ action: 'start', container }, { own });

    expect(found.map(({ rule, resource, reason }) => `${rule} ${resource}: ${reason}`)).toEqual([
      'mounts workspace: Volume cache is of a kind that is not allowed: volume',
      'privileges db: Capability SYS_ADMIN is not allowed',
      'privileges db: It is privileged',
      'privileges workspace: It is privileged',
    ]);
  });

  it('are not told values of the environment', async () => {
    let seen = '';
    const rules: Policy = {
      judge(_subject, input) {
        seen = JSON.stringify(input);
        return [];
      },
    };
    await createRegoPolicy(rules, deps())({ ...PLAN, ...of({ environment: { TOKEN: 'hidden' } }) });

    expect(seen).toContain('WorkspacePlan');
    expect(seen).not.toContain('hidden');
  });
});

describe('a permission', () => {
  async function ask(policy: WorkspacePolicy, asked?: typeof ASKED) {
    const recorded: AuditEntry[] = [];
    const audit = {
      record: async (entry: AuditEntry) => void recorded.push(entry),
      recordAll: async () => undefined,
    };
    const permit = createPermit({ policy, audit, onError: () => undefined });
    const error = await permit(PLAN, asked).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { error, recorded };
  }

  const denial = { rule: 'sizes', title: 'Sizes', resource: 'size' };
  const first = { ...denial, reason: 'Size x is too large', remedy: 'Choose y' };
  const second = { ...denial, rule: 'cost', reason: 'It costs too much', remedy: 'Choose z' };

  it('is given without a record', async () => {
    expect(await ask(() => [], ASKED)).toEqual({ error: undefined, recorded: [] });
  });

  it('that is refused names rule, reason and remedy of each denial, and is recorded', async () => {
    const { error, recorded } = await ask(() => [first, second], ASKED);

    expect(error).toMatchObject({
      code: 'policy_refused',
      message: 'The policy "sizes" refuses this: Size x is too large. Choose y',
      details: {
        rule: 'sizes',
        remedy: 'Choose y',
        issues: [{ path: ['cost'], message: expect.stringContaining('It costs too much') }],
      },
    });
    expect(recorded).toEqual([
      {
        ...{ organizationId: 'org', ...ASKED, action: 'workspace.refuse' },
        detail: { action: 'create', denials: [first, second] },
      },
    ]);
  });

  it('is not recorded when somebody only looks', async () => {
    expect((await ask(() => [first])).recorded).toEqual([]);
  });

  it.each([
    ['took too long', new PolicyError('too_slow', 'The rules took longer than 5 s'), 'too_slow'],
    ['ended without a verdict', new PolicyError('no_verdict', 'unreachable'), 'no_verdict'],
    ['ended with another error', new RangeError('too much'), 'no_verdict'],
  ])('is refused with a named reason when the rules %s', async (_what, failure, reason) => {
    const rules: Policy = {
      judge() {
        throw failure;
      },
    };
    const { error, recorded } = await ask(createRegoPolicy(rules, deps()), ASKED);

    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'policy_failed', cause: failure, details: { reason } });
    expect(recorded).toMatchObject([{ detail: { failure: 'policy_failed', reason } }]);
  });
});

describe('rules that can not be used', () => {
  it.each([
    ['are gone', { file: '/nonexistent/policy.wasm' }, '/nonexistent/policy.wasm'],
    ['are of another version', { file: SOURCE }, 'is damaged'],
    ['are no bundle', { bundle: '/nonexistent/own' }, '/nonexistent/own: '],
  ])('because they %s end the start with a code of their own', async (_what, at, says) => {
    await expect(openRegoPolicy({ ...deps(), ...at })).rejects.toMatchObject({
      code: 'policy_unusable',
      message: expect.stringContaining(says),
      cause: expect.any(PolicyError),
    });
  });
});
