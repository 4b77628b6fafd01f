import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readControlPlaneConfig } from '@spt-flow/config/control-plane';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/boot/logger.ts';
import { startEnvelopeServer } from './envelope-server.ts';

const SECRET_KEY = 'f0e1d2c3b4a5968778695a4b3c2d1e0f';

describe('logged errors', () => {
  let directory: string;
  let sentry: Awaited<ReturnType<typeof startEnvelopeServer>>;
  let nowMs = 0;

  beforeEach(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'spt-flow-logger-'));
    sentry = await startEnvelopeServer({ publicKey: '0a1b2c' });
    nowMs = Date.UTC(2026, 10, 27);
  });
  afterEach(() => {
    sentry.close();
    rmSync(directory, { recursive: true });
  });

  const file = () => path.join(directory, 'log');
  const logged = () => readFileSync(file(), 'utf8');

  function start(environment: Record<string, string>) {
    const read = readControlPlaneConfig([], environment, { dataDirectory: directory });
    if (read.kind === 'help') throw new Error('asked for help');
    return createLogger(
      { ...read, version: '0.1.0' },
      { file: file(), clock: { now: () => new Date(nowMs) } },
    );
  }

  it('reach Sentry with their causes and the id of the request, and stay in the log', async () => {
    const { logger, settled } = start({ SENTRY_DSN: sentry.dsn });
    const request = logger.child({ correlationId: 'c-1' });
    const err = new Error('The deploy failed', { cause: new TypeError('No port') });

    request.error({ err }, 'request failed');
    request.warn({ err }, 'not an error');
    request.error('without one');
    await settled();

    expect(sentry.refusals).toEqual([]);
    expect(sentry.events).toMatchObject([
      {
        ...{ platform: 'node', level: 'error', release: 'spt-flow@0.1.0' },
        logentry: { formatted: 'request failed' },
        tags: { correlation_id: 'c-1' },
        exception: {
          values: [
            { type: 'TypeError', value: 'No port' },
            { type: 'Error', value: 'The deploy failed' },
          ],
        },
      },
    ]);
    const frames = sentry.events[0]?.exception.values.flatMap(
      ({ stacktrace }) => stacktrace.frames,
    );
    expect(frames?.at(-1)).toMatchObject({
      filename: 'apps/control-plane/test/boot/logger.test.ts',
      in_app: true,
    });
    await expect.poll(logged).toContain('request failed');
  });

  it('leave out what is secret or somebody’s', async () => {
    const { logger, settled } = start({
      ...{ SENTRY_DSN: sentry.dsn, SPT_FLOW_SECRET_KEY: SECRET_KEY },
      DATABASE_URL: 'postgres://app:hunter2hunter2@db:5432/app',
    });
    const words = [
      ...[`key ${SECRET_KEY}`, 'password hunter2hunter2', 'of ada@example.com'],
      ...['Authorization: Bearer abc.def-123', `glpat-${'a1'.repeat(10)}`],
      'params: orchard,0195f2a0',
    ];

    logger.error({ err: new Error(words.join('\n')) }, `for ada@example.com`);
    await settled();

    const sent = JSON.stringify(sentry.events);
    expect(sentry.events).toHaveLength(1);
    for (const secret of [SECRET_KEY, 'hunter2', 'ada@', 'abc.def', 'a1a1', 'orchard'])
      expect(sent).not.toContain(secret);
    expect(sent).not.toContain(process.cwd());
  });

  it('are told once a minute, and not while Sentry wants less', async () => {
    const { logger, settled } = start({ SENTRY_DSN: sentry.dsn });
    const loop = new Error('Again');
    const tell = async (err: Error) => {
      logger.error({ err }, 'a loop failed');
      await settled();
      return sentry.events.length;
    };

    expect(await tell(loop)).toBe(1);
    expect(await tell(loop)).toBe(1);
    nowMs += 60_000;
    expect(await tell(loop)).toBe(2);
    sentry.wantLess(300);
    expect(await tell(new Error('One'))).toBe(2);
    nowMs += 299_000;
    expect(await tell(new Error('Two'))).toBe(2);
    nowMs += 1_000;
    expect(await tell(new Error('Three'))).toBe(3);
  });

  it('are lost with a warning where Sentry is away, and stay in the log alone without it', async () => {
    const { logger, settled } = start({ SENTRY_DSN: 'http://0a1b2c@127.0.0.1:1/7' });
    logger.error({ err: new Error('Lost') }, 'it failed');
    await settled();

    await expect.poll(logged).toContain('an error was not told to the error tracking');

    const plain = start({});
    plain.logger.error({ err: new Error('Kept') }, 'it failed');
    await plain.settled();
    expect(sentry.events).toEqual([]);
  });
});
