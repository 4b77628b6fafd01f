import { describe, expect, it } from 'vitest';
import { TemplateDefinitionSchema } from './template-definition.ts';

const SIZE = {
  name: 'size',
  type: 'string',
  default: 'chat',
  options: [{ value: 'chat' }, { value: 'devenv' }],
};
const BASE = {
  name: 'node',
  displayName: 'Node.js',
  settings: { size: '${size}', image: 'node:${release}' },
  parameters: [SIZE, { name: 'release', type: 'number', min: 20, max: 26, default: 24 }],
  presets: [{ name: 'large', values: { size: 'devenv' } }],
};

function faults(change: object): string[] {
  const parsed = TemplateDefinitionSchema.safeParse({ ...BASE, ...change });
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

function withParameter(change: object): string[] {
  const [size, release] = BASE.parameters;
  return faults({ parameters: [size, { ...release, ...change }] });
}

describe('the definition of a template', () => {
  it('has sensible defaults', () => {
    expect(TemplateDefinitionSchema.parse({ name: 'bare', displayName: 'Bare' })).toMatchObject({
      provider: null,
      settings: {},
      parameters: [],
      startScript: null,
      minCliVersion: null,
    });
    expect(faults({})).toEqual([]);
  });

  it.each([
    [
      'a default that is not permitted',
      { default: 12 },
      '"release" must be at least 20, also its default',
    ],
    ['a default of another type', { default: true }, 'parameters.1.default'],
    ['no default of an ephemeral one', { ephemeral: true, default: undefined }, 'needs a default'],
    [
      'an ephemeral one that is immutable',
      { ephemeral: true, mutable: false },
      'can not be immutable',
    ],
    ['a name that is there', { name: 'size' }, '"size" is there twice'],
    ['a name that no reference could have', { name: 'the-size' }, 'parameters.1.name'],
    ['an unknown key', { minimum: 3 }, 'minimum'],
    [
      'a pattern that may take forever',
      { type: 'string', default: 'a', pattern: '(a+)+', min: undefined, max: undefined },
      '"release" has a pattern that must not repeat a group',
    ],
  ])('refuses a parameter with %s, and names it', (_what, change, message) => {
    expect(withParameter(change).join('\n')).toContain(message);
  });

  it.each([
    [
      { settings: { size: '${siez}' } },
      'settings.size: refers to "siez", which is no parameter; there are size, release',
    ],
    [{ settings: { size: '${release}' } }, '"release" makes the setting "size" not valid'],
    [{ settings: { environment: { '1A': 'x' } } }, 'settings: "settings.environment"'],
    [{ settings: { size: 'chat', privileged: true } }, 'privileged'],
    [
      { presets: [{ name: 'large', values: { size: 'huge' } }] },
      'presets.0.values: "size" must be one of chat, devenv',
    ],
    [
      { presets: [{ name: 'large', values: { disk: 1 } }] },
      'There is no parameter "disk"; there are size, release',
    ],
    [{ minCliVersion: '1.x' }, 'minCliVersion'],
    [{ name: 'Node JS' }, 'name'],
    [{ provider: 'server' }, 'provider'],
  ])('refuses %j', (change, message) => {
    expect(faults(change).join('\n')).toContain(message);
  });

  it('refuses an option that leads to no workspace', () => {
    const parameters = [
      { ...SIZE, options: [{ value: 'chat' }, { value: 'huge' }] },
      BASE.parameters[1],
    ];

    expect(faults({ parameters, presets: [] })).toEqual([
      expect.stringContaining('parameters.0.options.1: "size" makes the setting "size" not valid'),
    ]);
  });
});
