import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPreviewStage, type PreviewStage } from './support/preview-stage.ts';

let stage: PreviewStage;

beforeEach(async () => {
  stage = await openPreviewStage();
});
afterEach(() => stage.close());

describe('host names', () => {
  it.each([
    'localhost:8080',
    '127.0.0.1:8080',
    '[::1]:8080',
    'flow.example.org',
    'FLOW.example.org.',
  ])('%s is the control plane', async (host) => {
    expect((await stage.ask({ host })).body).toBe('control plane');
  });

  it.each([
    'evil.example',
    'preview.localhost.evil.example',
    'a.b.preview.localhost',
    'x_y',
    'localhost.evil',
  ])('%s is refused', async (host) => {
    expect((await stage.ask({ host })).status).toBe(421);
  });

  it('an unknown app gets a page that says so', async () => {
    const answer = await stage.ask({
      host: 'none.preview.localhost',
      headers: { accept: 'text/html' },
    });

    expect(answer.status).toBe(404);
    expect(answer.body).toContain('There is no app at this address');
  });
});
