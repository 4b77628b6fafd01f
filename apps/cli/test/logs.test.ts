import { beforeEach, describe, expect, it } from 'vitest';
import { logRoutes } from '@spt-flow/shared/api/logs';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { useCliStage } from './support/cli-stage.ts';
import { createLiveStage, type LiveStage } from './support/live-stage.ts';
import { logLine, workspace, WORKSPACE_ID } from './support/fixtures.ts';
import type { RunOptions } from './support/run.ts';

const cli = useCliStage();
const TOPIC = `logs:${WORKSPACE_ID}`;

let stage: LiveStage;
let onSubscribe: () => void;

beforeEach(() => {
  onSubscribe = () => undefined;
  stage = createLiveStage(cli.server, () => onSubscribe());
  cli.server.on(workspaceRoutes.get, () => workspace());
  cli.server.on(logRoutes.list, () => ({ items: [] }));
});

function logs(args: readonly string[], options: Partial<RunOptions> = {}) {
  return cli.run(['logs', 'demo', ...args], options);
}

/** Follows until the word `end` is said. */
async function follow(args: readonly string[]) {
  const interruption = new AbortController();
  const onStdout = (text: string) => text.includes('end') && interruption.abort();
  return logs(['--follow', ...args], { signal: interruption.signal, onStdout });
}

describe('logs', () => {
  it('prints time, level, source and text', async () => {
    cli.server.on(logRoutes.list, () => ({
      items: [logLine(1, { level: 'warn', text: 'low on \x1b[31mmemory\x1b[0m' })],
    }));

    expect((await logs([])).stdout).toBe('03:04:05 warn  app    low on memory\n');
  });

  it('prints one JSON object per line', async () => {
    cli.server.on(logRoutes.list, () => ({ items: [logLine(1), logLine(2)] }));

    const { stdout } = await logs(['--output', 'json']);

    const lines = stdout.trim().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([{ seq: 1 }, { seq: 2 }]);
  });

  it('passes its filters to the server', async () => {
    cli.server.on(logRoutes.list, ({ query }) => {
      expect(query).toEqual({ limit: 5, level: 'warn', source: 'app' });
      return { items: [] };
    });

    expect((await logs(['--level', 'warn', '--source', 'app', '--lines', '5'])).exitCode).toBe(0);
  });

  it('passes times, text and correlation id to the server', async () => {
    cli.server.on(logRoutes.list, ({ query }) => {
      expect(query).toEqual({
        ...{ limit: 200, level: 'info', search: 'slow', correlationId: 'operation-1' },
        ...{ since: '2026-11-21T09:00:00.000Z', until: '2026-11-21T10:00:00.000Z' },
      });
      return { items: [] };
    });
    const times = ['--since', '2026-11-21T09:00:00Z', '--until', '2026-11-21T10:00:00Z'];

    const { exitCode } = await logs([
      ...times,
      ...['--grep', 'slow', '--correlation-id', 'operation-1'],
    ]);

    expect(exitCode).toBe(0);
    expect((await logs([...times, '--follow'])).exitCode).toBe(2);
    expect((await logs(['--since', 'yesterday'])).exitCode).toBe(2);
  });

  it('of all workspaces say whose they are, the newest last', async () => {
    cli.server.on(logRoutes.search, ({ query }) => {
      expect(query).toEqual({ limit: 200, level: 'info', correlationId: 'operation-1' });
      const found = (seq: number, workspaceName: string) => ({
        ...logLine(seq),
        ...{ workspaceId: WORKSPACE_ID, workspaceName },
        ...{ projectId: WORKSPACE_ID, projectSlug: 'shop' },
      });
      return { items: [found(2, 'shop'), found(1, 'api')], nextCursor: null };
    });

    const { stdout } = await cli.run(['logs', '--correlation-id', 'operation-1']);

    expect(stdout).toBe('03:04:05 info  api app    line 1\n03:04:05 info  shop app    line 2\n');
    expect((await cli.run(['logs', '--follow'])).exitCode).toBe(2);
  });

  it('follows from the last line on, without a gap and without repeats', async () => {
    for (const seq of [1, 2]) stage.emit(TOPIC, { type: 'log', line: logLine(seq) });
    cli.server.on(logRoutes.list, () => {
      stage.emit(TOPIC, { type: 'log', line: logLine(3, { text: 'in between' }) });
      return { items: [logLine(1), logLine(2)] };
    });
    onSubscribe = () => stage.emit(TOPIC, { type: 'log', line: logLine(4, { text: 'end' }) });

    const { exitCode, stdout } = await follow([]);

    expect(exitCode).toBe(130);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.slice(22)),
    ).toEqual(['line 1', 'line 2', 'in between', 'end']);
  });

  it('filters what it follows by level and source', async () => {
    onSubscribe = () => {
      stage.emit(TOPIC, { type: 'log', line: logLine(1, { text: 'quiet' }) });
      stage.emit(TOPIC, {
        type: 'log',
        line: logLine(2, { level: 'error', source: 'build', text: 'elsewhere' }),
      });
      stage.emit(TOPIC, { type: 'log', line: logLine(3, { level: 'error', text: 'the end' }) });
    };

    const { stdout } = await follow(['--level', 'warn', '--source', 'app']);

    expect(stdout).toBe('03:04:05 error app    the end\n');
  });

  it('shows a line once that the server sends twice', async () => {
    onSubscribe = () => {
      const event = { type: 'log', line: logLine(1, { text: 'once' }) } as const;
      stage.emit(TOPIC, event);
      stage.say(
        JSON.stringify({ type: 'event', topic: TOPIC, cursor: 1, at: event.line.at, event }),
      );
      stage.emit(TOPIC, { type: 'log', line: logLine(2, { text: 'end' }) });
    };

    expect((await follow([])).stdout.match(/once/g)).toHaveLength(1);
  });

  it('goes on after a broken connection', async () => {
    let times = 0;
    onSubscribe = () => {
      times += 1;
      stage.emit(TOPIC, {
        type: 'log',
        line: logLine(times, { text: times === 1 ? 'first' : 'end' }),
      });
      if (times === 1) setImmediate(() => stage.breakConnections());
    };

    const { stdout, stderr } = await follow([]);

    expect(stdout).toMatch(/first\n.*end\n$/);
    expect(stderr).toContain('Connection lost');
  });
});
