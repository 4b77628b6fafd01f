import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EnvironmentSchema, readControlPlaneConfig } from './control-plane.ts';
import { givenEnvironment, SECRET_VARIABLES } from './given-environment.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'spt-flow-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const file = path.join(folder, `secret-${Math.random()}`);
  writeFileSync(file, text);
  return file;
}

describe('secrets in files', () => {
  it('are all that the control plane knows, and nothing else', () => {
    const secret =
      /(?:SECRET|SECRET_KEY|SECRET_ACCESS_KEY|API_KEY|METRICS_TOKEN|DSN|OTLP_HEADERS|DATABASE_URL)$/;
    const known = Object.keys(EnvironmentSchema.shape).filter((name) => secret.test(name));

    expect([...SECRET_VARIABLES].toSorted()).toEqual(known.toSorted());
  });

  it('count as if they were set, without the end of their line', () => {
    const start = readControlPlaneConfig(
      [],
      { SPT_FLOW_SECRET_KEY_FILE: fileWith(`${'k'.repeat(32)}\n`) },
      { dataDirectory: '/data' },
    );

    expect(start).toMatchObject({ secrets: { secretKey: 'k'.repeat(32) } });
    expect(givenEnvironment({ OPENAI_API_KEY_FILE: fileWith('a\nb\r\n') })).toMatchObject({
      OPENAI_API_KEY: 'a\nb',
    });
  });

  it.each([
    [{ OPENAI_API_KEY: 'a', OPENAI_API_KEY_FILE: '/b' }, 'are both set'],
    [
      { OPENAI_API_KEY_FILE: '/nonexistent/key' },
      "OPENAI_API_KEY_FILE: /nonexistent/key can't be read (ENOENT)",
    ],
    [{ OPENAI_API_KEY_FILE: fileWith('\n') }, 'is empty'],
  ])('are refused where they are not clear: %j', (environment, message) => {
    expect(() => givenEnvironment(environment)).toThrow(message);
  });

  it('leave alone what is no secret, and what is not set', () => {
    expect(
      givenEnvironment({ SPT_FLOW_BROWSER_FILE: '/b', OPENAI_API_KEY_FILE: '', A: '' }),
    ).toEqual({
      SPT_FLOW_BROWSER_FILE: '/b',
    });
  });
});
