import { describe, expect, it } from 'vitest';
import type { ContainerPlan } from '../../container-plan.ts';
import type { ServicePlan } from '../../service-plan.ts';
import { PLAIN_CONTAINER, PLAIN_SERVICE } from '../../testing/plans.ts';
import { checkPlan } from './plan-policy.ts';

function volume(name: string, target: string) {
  return { kind: 'volume' as const, name, target };
}

describe('checkPlan', () => {
  it.each<[string, Partial<ContainerPlan>]>([
    ['privileged', { privileged: true }],
    ['capability SYS_ADMIN', { capabilities: ['cap_sys_admin'] }],
    ['capability ALL', { capabilities: ['ALL'] }],
    ['capability SYS_PTRACE', { capabilities: ['SYS_PTRACE'] }],
    ['seccomp=unconfined', { securityOptions: ['seccomp=unconfined'] }],
    ['below the root', { mounts: [volume('x', '/')] }],
    ['below the root', { mounts: [volume('x', '/data/../etc')] }],
    ['below the root', { mounts: [{ kind: 'tmpfs', name: '', target: 'relative' }] }],
    ['needs itself', { mounts: [volume('x', '/proc/sys')] }],
    ['needs itself', { mounts: [volume('x', '/run/spt-flow')] }],
    ['needs itself', { workspaceFolder: '/opt/spt-flow' }],
    ['no permitted name', { mounts: [volume('../../etc', '/data')] }],
  ])('refuses and names %s', (words, change) => {
    expect(() => checkPlan({ ...PLAIN_CONTAINER, ...change }, 'restricted')).toThrow(
      expect.objectContaining({
        code: 'container_plan_refused',
        message: expect.stringContaining(words),
      }),
    );
  });

  it.each<[string, Partial<ServicePlan>]>([
    ['privileged', { privileged: true }],
    ['capability SYS_ADMIN', { capabilities: ['SYS_ADMIN'] }],
    ['seccomp=unconfined', { securityOptions: ['seccomp=unconfined'] }],
    ['no permitted name', { name: '../x' }],
    ['no permitted name', { mounts: [{ ...volume('../x', '/data'), isReadOnly: true }] }],
    ['the kernel shows', { mounts: [{ ...volume('x', '/proc/sys'), isReadOnly: true }] }],
    ['below the root', { copies: [{ from: '../x', to: '/x' }] }],
    ['below the root', { copies: [{ from: 'x', to: '/etc/../x' }] }],
  ])('refuses and names %s of a service', (words, change) => {
    const plan = { ...PLAIN_CONTAINER, services: [{ ...PLAIN_SERVICE, ...change }] };

    expect(() => checkPlan(plan, 'devenv')).toThrow(words);
  });

  it('permits by profile what stays in the container', () => {
    const inspecting = {
      ...PLAIN_CONTAINER,
      capabilities: ['SYS_PTRACE'],
      mounts: [volume('cache', '/cache')],
    };

    expect(() => checkPlan(inspecting, 'devenv')).not.toThrow();
    expect(() =>
      checkPlan({ ...inspecting, securityOptions: ['seccomp=unconfined'] }, 'relaxed'),
    ).not.toThrow();
  });

  it.each(['restricted', 'devenv'] as const)('lets nobody be privileged in "%s"', (profile) => {
    expect(() => checkPlan({ ...PLAIN_CONTAINER, privileged: true }, profile)).toThrow(
      'privileged',
    );
  });
});
