import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openPreviewStage, type PreviewStage } from './support/preview-stage.ts';

let stage: PreviewStage;

afterEach(() => stage.close());

describe('an app that is asked too much', () => {
  it('is asked no more than so much at once, until something ends', async () => {
    stage = await openPreviewStage({ limits: { open: 1, perMinute: 100 } });
    const waiting: ServerResponse[] = [];
    await stage.startApp((incoming, response) =>
      incoming.url === '/slow' ? waiting.push(response) : response.end('ok'),
    );
    const slow = stage.ask({ path: '/slow' });
    await vi.waitFor(() => expect(waiting).toHaveLength(1));

    const refused = await stage.ask({ headers: { accept: 'text/html' } });
    waiting[0]?.end('ok');

    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '3' } });
    expect(refused.body).toContain('tries again by itself');
    expect((await slow).status).toBe(200);
    expect((await stage.ask()).status).toBe(200);
  });

  it('is asked no more than so much in a minute', async () => {
    stage = await openPreviewStage({ limits: { open: 10, perMinute: 2 } });
    await stage.startApp((_incoming, response) => response.end('ok'));

    const answers = [await stage.ask(), await stage.ask(), await stage.ask()];

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
  });
});
