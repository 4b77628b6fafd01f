import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPreviewStage, OWNER, type PreviewStage } from './support/preview-stage.ts';

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
    '03000--cafe.preview.localhost',
    '99999--cafe.preview.localhost',
    'localhost.evil',
  ])('%s is refused', async (host) => {
    expect((await stage.ask({ host })).status).toBe(421);
  });

  it.each(['none.preview.localhost', '3000--none.preview.localhost'])(
    'an unknown app at %s gets a page that says so to who is signed in',
    async (host) => {
      stage.visitors.set('sptf_api_of_ada_here', OWNER);

      const answer = await stage.ask({
        host,
        headers: { accept: 'text/html', authorization: 'Bearer sptf_api_of_ada_here' },
      });

      expect(answer.status).toBe(404);
      expect(answer.body).toContain('There is no app at this address');
    },
  );
});
