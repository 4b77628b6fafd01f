import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SettingsSchema } from './agent.ts';
import { EnvironmentSchema, readControlPlaneConfig } from './control-plane.ts';

const CLI_VARIABLES = ['SERVER', 'TOKEN', 'OUTPUT', 'REPO_URL'].map((name) => `SPT_FLOW_${name}`);
const DEFAULTS = { dataDirectory: '/data' };

const example = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
/** As if somebody had removed the `#` of every setting. */
const uncommented = parseEnv(example.replaceAll(/^# (?=[A-Z0-9_]+=)/gm, ''));

describe('.env.example', () => {
  it('names every variable of the control plane, the agent and the command line, and no other', () => {
    const known = [
      ...Object.keys(EnvironmentSchema.shape),
      ...Object.keys(SettingsSchema.shape),
      ...CLI_VARIABLES,
    ];

    expect(Object.keys(uncommented).toSorted()).toEqual(known.toSorted());
  });

  it('changes nothing as it is', () => {
    expect(parseEnv(example)).toEqual({});
  });

  it('shows values that the control plane accepts, defaults where it has them', () => {
    const start = readControlPlaneConfig([], uncommented, DEFAULTS);
    const plain = readControlPlaneConfig([], {}, DEFAULTS);

    if (start.kind === 'help' || plain.kind === 'help') throw new Error('asked for help');
    expect({ ...start.config, publicUrl: undefined }).toEqual(plain.config);
  });
});
