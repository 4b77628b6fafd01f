import { expect, it } from 'vitest';
import { assertFit } from './assert-fit.ts';

const WANTED = { virtualization: true, isolation: 'relaxed', egress: null } as const;
const PLAIN = { ...WANTED, virtualization: false };
const fit = { virtualizationProblem: () => undefined };
const unfit = { virtualizationProblem: () => 'This machine has no /dev/kvm' };

it('lets workspaces be that need nothing, or run where it is offered', () => {
  expect(() => assertFit(unfit, PLAIN)).not.toThrow();
  expect(() => assertFit(fit, WANTED)).not.toThrow();
  expect(() => assertFit({ lacks: ['egress-hosts'] }, { ...PLAIN, egress: [] })).not.toThrow();
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

it.each([
  ['any limit', ['egress'], [], 'nothing does that where it runs'],
  ['names of hosts', ['egress-hosts'], ['example.org'], 'by addresses only'],
] as const)('refuses %s where nothing keeps it', (_words, lacks, egress, message) => {
  expect(() => assertFit({ lacks }, { ...PLAIN, egress: [...egress] })).toThrow(
    expect.objectContaining({
      code: 'machine_unfit',
      message: expect.stringContaining(message),
    }),
  );
});
