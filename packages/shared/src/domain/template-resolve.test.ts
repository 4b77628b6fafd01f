import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TemplateDefinitionSchema } from './template-definition.ts';
import { resolveTemplate } from './template-resolve.ts';
import { explainValue, readParameterText } from './template-values.ts';
import { DEFAULT_SETTINGS, WorkspaceSettingsSchema } from './workspace-settings.ts';

const TEMPLATE = TemplateDefinitionSchema.parse({
  name: 'node',
  displayName: 'Node.js',
  settings: {
    size: '${size}',
    image: 'registry.example.com/node:${release}',
    devcontainer: '${devcontainer}',
    egress: '${hosts}',
    environment: { RELEASE: 'v${release}', PRICE: '5 $${x}', HOSTS: '${hosts}', CLEAN: '${clean}' },
  },
  parameters: [
    {
      name: 'size',
      type: 'string',
      default: 'chat',
      options: [{ value: 'chat' }, { value: 'devenv' }],
    },
    { name: 'release', type: 'number', min: 20, max: 26, default: 24 },
    { name: 'devcontainer', type: 'bool', default: false },
    { name: 'hosts', type: 'list', default: ['packages.example.com'], max: 5 },
    { name: 'owner', type: 'string', pattern: '[a-z]+', mutable: false },
    { name: 'region', type: 'string', default: 'eu', mutable: false },
    { name: 'clean', type: 'bool', default: false, ephemeral: true },
  ],
  presets: [{ name: 'large', values: { size: 'devenv', release: 22 } }],
  startScript: 'echo ${size}',
});

function resolved(choice: Parameters<typeof resolveTemplate>[1]) {
  const resolution = resolveTemplate(TEMPLATE, choice);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.problems));
  return resolution.resolved;
}

function problems(choice: Parameters<typeof resolveTemplate>[1]) {
  const resolution = resolveTemplate(TEMPLATE, choice);
  return resolution.ok ? [] : resolution.problems;
}

describe('resolveTemplate', () => {
  it('fills references with typed values and leaves the script alone', () => {
    const { settings, startScript } = resolved({ values: { owner: 'ada', devcontainer: true } });

    expect(settings).toEqual({
      ...DEFAULT_SETTINGS,
      size: 'chat',
      image: 'registry.example.com/node:24',
      devcontainer: true,
      egress: ['packages.example.com'],
      environment: {
        RELEASE: 'v24',
        PRICE: '5 ${x}',
        HOSTS: 'packages.example.com',
        CLEAN: 'false',
      },
    });
    expect(startScript).toBe('echo ${size}');
  });

  it('lets values count more than the preset, and the preset more than defaults', () => {
    const { settings } = resolved({ preset: 'large', values: { owner: 'ada', release: 20 } });

    expect(settings).toMatchObject({ size: 'devenv', image: 'registry.example.com/node:20' });
  });

  it('keeps what was chosen and what can not change, so that other defaults may', () => {
    expect(resolved({ values: { owner: 'ada', release: 20, clean: true } }).values).toEqual({
      owner: 'ada',
      region: 'eu',
      release: 20,
    });
  });

  it('lets an ephemeral value hold for the next start only', () => {
    const { settings, nextStart } = resolved({ values: { owner: 'ada', clean: true } });

    expect(settings.environment['CLEAN']).toBe('false');
    expect(nextStart?.environment['CLEAN']).toBe('true');
    expect(resolved({ values: { owner: 'ada' } }).nextStart).toBeNull();
  });

  it.each([
    [{}, 'owner', 'missing', '"owner" has to be given: a text'],
    [{ owner: 'Ada' }, 'owner', 'invalid', '"owner" must match [a-z]+'],
    [{ owner: 'ada', release: 30 }, 'release', 'invalid', '"release" must be at most 26'],
    [{ owner: 'ada', release: '24' }, 'release', 'invalid', '"release" must be a number'],
    [{ owner: 'ada', size: 'huge' }, 'size', 'invalid', '"size" must be one of chat, devenv'],
    [{ owner: 'ada', devcontainer: 'yes' }, 'devcontainer', 'invalid', 'must be true or false'],
    [
      { owner: 'ada', hosts: ['no host'] },
      'hosts',
      'invalid',
      'makes the setting "egress.0" not valid',
    ],
    [{ owner: 'ada', sise: 'chat' }, 'sise', 'unknown', 'there are size, release'],
  ])('names what is wrong with %j', (values, parameter, reason, message) => {
    expect(problems({ values })).toEqual([
      expect.objectContaining({ parameter, reason, message: expect.stringContaining(message) }),
    ]);
  });

  it('names the presets when there is no such', () => {
    expect(problems({ preset: 'small' })[0]?.message).toBe(
      'There is no preset "small"; there are large',
    );
  });

  const anyValue = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('chat', 'devenv', 'ada', '${size}', '$${'),
    fc.double(),
    fc.integer({ min: 18, max: 28 }),
    fc.boolean(),
    fc.array(fc.constantFrom('a.example.com', 'not a host', ''), { maxLength: 7 }),
  );
  const anyValues = fc.dictionary(
    fc.constantFrom(...TEMPLATE.parameters.map(({ name }) => name), 'other'),
    anyValue,
  );

  it('gives settings that are valid, or a problem that names a parameter', () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        const resolution = resolveTemplate(TEMPLATE, { values });

        if (resolution.ok)
          expect(WorkspaceSettingsSchema.parse(resolution.resolved.settings)).toEqual(
            resolution.resolved.settings,
          );
        else
          for (const { parameter, message } of resolution.problems)
            expect(message).toContain(`"${parameter}"`);
        expect(resolution.ok || resolution.problems.length > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same settings from the values that it keeps', () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        const first = resolveTemplate(TEMPLATE, { values: { owner: 'ada', ...values } });
        if (!first.ok) return;

        const { settings, values: kept } = first.resolved;

        expect(resolveTemplate(TEMPLATE, { values: kept })).toMatchObject({
          ok: true,
          resolved: { settings, values: kept, nextStart: null },
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe('readParameterText', () => {
  const byName = (name: string) => {
    const found = TEMPLATE.parameters.find((parameter) => parameter.name === name);
    if (!found) throw new Error(name);
    return found;
  };

  it.each([
    ['release', '22', 22],
    ['devcontainer', 'true', true],
    ['hosts', 'a.example.com, b.example.com', ['a.example.com', 'b.example.com']],
    ['hosts', '', []],
    ['owner', 'ada', 'ada'],
  ])('reads %s=%s', (name, text, value) => {
    expect(readParameterText(byName(name), text)).toEqual(value);
  });

  it.each([
    ['release', 'abc', 'must be a number'],
    ['release', '', 'must be a number'],
    ['devcontainer', 'yes', 'must be true or false'],
  ])('leaves %s=%s to be refused', (name, text, message) => {
    const parameter = byName(name);

    expect(explainValue(parameter, readParameterText(parameter, text))).toBe(message);
  });
});
