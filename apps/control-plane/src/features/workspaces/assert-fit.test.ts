import { expect, it } from 'vitest';
import { assertFit } from './assert-fit.ts';

const WANTED = { virtualization: true, isolation: 'relaxed' } as const;
const fit = { virtualizationProblem: () => undefined };
const unfit = { virtualizationProblem: () => 'This machine has no /dev/kvm' };

it('lets workspaces be that need nothing, or run where it is offered', () => {
  expect(() => assertFit(unfit, { ...WANTED, virtualization: false })).not.toThrow();
  expect(() => assertFit(fit, WANTED)).not.toThrow();
});

it.each([
  ['on a machine that does not offer it', unfit, WANTED, 'no /dev/kvm'],
  ['outside of containers', {}, WANTED, 'containers only'],
  ['in a stricter profile', fit, { ...WANTED, isolation: 'devenv' } as const, 'profile "relaxed"'],
])('refuses virtual machines %s, and says why', (_words, provider, settings, message) => {
  expect(() => assertFit(provider, settings)).toThrow(
    expect.objectContaining({
      code: 'machine_unfit',
      message: expect.stringContaining(message),
    }),
  );
});
