import { describe, expect, it } from 'vitest';
import { TemplateDefinitionSchema } from './template-definition.ts';
import { impactOf, type Made } from './template-impact.ts';
import { DEFAULT_SETTINGS } from './workspace-settings.ts';

const V2 = {
  name: 'node',
  displayName: 'Node.js',
  settings: { size: '${size}', image: 'node:${release}', environment: { REGION: '${region}' } },
  parameters: [
    { name: 'size', type: 'string', default: 'chat' },
    { name: 'release', type: 'number', default: 24 },
    { name: 'region', type: 'string', default: 'eu', mutable: false },
  ],
};
const MADE: Made = {
  provider: 'docker',
  settings: { ...DEFAULT_SETTINGS, image: 'node:22', environment: { REGION: 'us', OLD: '1' } },
  startScript: null,
  values: { region: 'us', gone: 'x' },
};

function impact(change: object, given = {}, made = MADE) {
  return impactOf(made, TemplateDefinitionSchema.parse({ ...V2, ...change }), given);
}

describe('impactOf', () => {
  it('tells what would be different, from the next start on, and not what a variable holds', () => {
    expect(impact({ startScript: 'npm ci\nnpm start\n' })).toMatchObject({
      changes: [
        { setting: 'image', before: 'node:22', after: 'node:24' },
        { setting: 'environment.OLD', before: 'set', after: null },
        { setting: 'startScript', before: null, after: '2 lines' },
      ],
      problems: [],
      effect: 'restart',
      isDataKept: true,
      resolved: { values: { region: 'us' } },
    });
  });

  it('is nothing when the same comes out', () => {
    const { resolved } = impact({});
    if (!resolved) throw new Error('it has a problem');
    const made = { ...MADE, settings: resolved.settings, values: resolved.values };

    expect(impact({}, {}, made)).toMatchObject({ changes: [], effect: 'none', problems: [] });
  });

  it('is a restart when a value holds for the next start only', () => {
    const clean = { name: 'clean', type: 'bool', default: false, ephemeral: true };
    const change = {
      parameters: [...V2.parameters, clean],
      settings: { environment: { CLEAN: '${clean}' } },
    };
    const { resolved } = impact(change);
    if (!resolved) throw new Error('it has a problem');
    const made = { ...MADE, settings: resolved.settings, values: resolved.values };

    expect(impact(change, { clean: true }, made)).toMatchObject({ changes: [], effect: 'restart' });
  });

  it.each([
    [
      'immutable',
      {},
      { region: 'eu' },
      '"region" was decided when the workspace was created and stays "us"',
    ],
    [
      'missing',
      { parameters: [...V2.parameters, { name: 'team', type: 'string' }] },
      {},
      '"team" has to be given',
    ],
    [
      'invalid',
      {
        parameters: [
          V2.parameters[0],
          V2.parameters[1],
          { name: 'region', type: 'string', default: 'eu', options: [{ value: 'eu' }] },
        ],
      },
      {},
      '"region" must be one of eu',
    ],
  ])('is refused when a value is %s', (reason, change, given, message) => {
    expect(impact(change, given)).toMatchObject({
      problems: [{ reason, message: expect.stringContaining(message) }],
      resolved: null,
      changes: [],
    });
  });

  it('permits an immutable value that stays the same', () => {
    expect(impact({}, { region: 'us' }).problems).toEqual([]);
  });

  it('needs a new workspace elsewhere when the provider is another', () => {
    expect(impact({ provider: 'kubernetes' })).toMatchObject({
      effect: 'recreate',
      isDataKept: false,
      changes: [{ setting: 'provider', before: 'docker', after: 'kubernetes' }, {}, {}],
    });
  });
});
