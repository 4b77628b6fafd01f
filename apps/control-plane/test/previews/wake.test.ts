import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPreviewStage, WORKSPACE, type PreviewStage } from './support/preview-stage.ts';

let stage: PreviewStage;

beforeEach(async () => {
  stage = await openPreviewStage();
  stage.setState('stopped', 'stopped');
});
afterEach(() => stage.close());

const PAGE = { accept: 'text/html,application/xhtml+xml' };

describe('an app whose workspace is stopped', () => {
  it('is woken by whoever opens its page', async () => {
    const answer = await stage.ask({ headers: PAGE });

    expect(stage.wakes).toEqual([WORKSPACE]);
    expect(answer.status).toBe(503);
    expect(answer.body).toContain('starting');
    expect(answer.body).toContain('http-equiv="refresh"');
    expect(stage.uses).toEqual([]);
  });

  it.each([
    ['a program', { accept: '*/*' }, 'GET'],
    ['what a page asks for in the background', { ...PAGE, 'sec-fetch-mode': 'cors' }, 'GET'],
    ['what a browser fetches ahead', { ...PAGE, 'sec-purpose': 'prefetch' }, 'GET'],
    ['a form', PAGE, 'POST'],
  ] as const)('is not woken by %s', async (_name, headers, method) => {
    const answer = await stage.ask({ headers, method });

    expect(answer.status).toBe(503);
    expect(answer.body).toContain('asleep');
    expect(stage.wakes).toEqual([]);
  });

  it('is not woken by whom it is not shared with', async () => {
    stage.share('private');

    expect((await stage.ask({ headers: PAGE })).status).not.toBe(503);
    expect(stage.wakes).toEqual([]);
  });
});
