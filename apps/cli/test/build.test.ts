import { pipelineRoutes, type Pipeline, type PipelineJob } from '@spt-flow/shared/api/pipelines';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeHome, run } from './support/run.ts';
import { Failure, startTestServer, TOKEN, type TestServer } from './support/test-server.ts';

const ID = '0195f6f6-0000-7000-8000-000000000001';
const AT = '2026-11-27T10:00:00.000Z';
const JOB: PipelineJob = {
  ...{ id: ID, name: 'unit\u001b[31m', stage: 'test', status: 'failed', mayFail: false },
  ...{ exitCode: 4, message: null, logCoverage: 'whole', artifacts: null },
  ...{ startedAt: AT, finishedAt: AT },
};
const BUILD: Pipeline = {
  ...{ id: ID, number: 7, source: 'embedded', url: null, trigger: 'person', ref: 'main' },
  ...{ requestedBy: 'Dana', commit: 'a'.repeat(40), title: 'Change it', stage: null },
  ...{ status: 'failed', message: '“unit” failed.\nexpected 4', isCancelRequested: false },
  ...{ jobs: [JOB], createdAt: AT, startedAt: AT, finishedAt: '2026-11-27T10:01:05.000Z' },
};

describe('build', () => {
  let server: TestServer;
  let home: Awaited<ReturnType<typeof makeHome>>;

  beforeEach(async () => {
    server = await startTestServer();
    home = await makeHome();
  });
  afterEach(async () => {
    await server.close();
    await home.remove();
  });

  const build = (...args: string[]) =>
    run(['--server', server.url, 'build', ...args], {
      ...{ home: home.home, env: { SPT_FLOW_TOKEN: TOKEN } },
    });

  /** The log comes in parts, of which the last one is there only after the build has ended. */
  function serve(ended: Pipeline, ...parts: string[][]): void {
    server.on(pipelineRoutes.get, () => ended);
    let cursor = 0;
    server.on(pipelineRoutes.log, () => {
      const part = parts.shift();
      const items = (part ?? []).map((text) => ({ cursor: (cursor += 1), jobId: ID, text }));
      return { items, isWhole: part === undefined };
    });
  }

  it('run shows what is printed to its end, and ends as the build ends', async () => {
    const refs: unknown[] = [];
    server.on(pipelineRoutes.run, ({ body }) => {
      refs.push(body['ref']);
      return { ...BUILD, status: 'queued', jobs: [] };
    });
    serve(BUILD, ['one\n'], [], ['two\u001b[2J\n']);

    const failed = await build('run', 'demo', '--ref', 'try');

    expect(refs).toEqual(['try']);
    expect(failed.stdout).toBe('one\ntwo\n');
    expect(failed.stderr).toContain('— test: unit\n');
    expect(failed.stderr).toContain('Build 7 failed: “unit” failed.');
    expect(failed.stderr).toContain('spt-flow build logs demo 7');
    expect(failed.exitCode).toBe(1);

    serve({ ...BUILD, status: 'succeeded', message: null }, ['fine\n']);
    const passed = await build('run', 'demo');
    expect(passed).toMatchObject({ exitCode: 0, stdout: 'fine\n' });
    expect(passed.stderr).toContain('Build 7 succeeded');
  });

  it('run for scripts tells of the build and leaves', async () => {
    server.on(pipelineRoutes.run, () => ({ ...BUILD, status: 'queued' }));

    expect(JSON.parse((await build('run', 'demo', '--output', 'json')).stdout)).toMatchObject({
      ...{ number: 7, status: 'queued' },
    });
    expect((await build('run', 'demo', '-d')).stdout).toContain(
      'spt-flow build logs demo 7 --follow',
    );
  });

  it('run says what is missing where a project has no pipeline', async () => {
    server.on(pipelineRoutes.run, () => {
      throw new Failure('pipeline_missing');
    });

    const { exitCode, stderr } = await build('run', 'demo');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('.gitlab-ci.yml');
  });

  it('logs say how the build ended, also where nothing was printed', async () => {
    serve(BUILD);

    const { stdout, stderr, exitCode } = await build('logs', 'demo', '7');

    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
    expect(stderr).toContain('Build 7 failed: “unit” failed.');
  });

  it('list shows what became of builds, or how to have the first one', async () => {
    server.on(pipelineRoutes.list, () => ({ items: [BUILD], nextCursor: null }));
    expect((await build('list', 'demo')).stdout).toMatch(
      /7 +failed +aaaaaaaa +1 min 5 s +2026-11-27 10:00 +Dana/,
    );

    server.on(pipelineRoutes.list, () => ({ items: [], nextCursor: null }));
    expect((await build('list', 'demo')).stderr).toContain('spt-flow build run demo');
  });

  it('logs shows the newest build without waiting for it, cancel ends it', async () => {
    serve({ ...BUILD, status: 'running' }, ['so far\n'], []);
    const cancelled: unknown[] = [];
    server.on(pipelineRoutes.cancel, ({ params }) => {
      cancelled.push(params['build']);
      return { ...BUILD, status: 'running', isCancelRequested: true };
    });

    expect(await build('logs', 'demo')).toMatchObject({ exitCode: 0, stdout: 'so far\n' });
    expect((await build('cancel', 'demo')).stderr).toContain('Build 7 is being ended');
    expect(cancelled).toEqual(['latest']);
  });
});
