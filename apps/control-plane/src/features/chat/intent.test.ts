import { describe, expect, it } from 'vitest';
import { intentNote, isDeployRequest } from './intent.ts';
import { buildMessages } from './pipeline/prompt.ts';

describe('a request', () => {
  it.each(['deploy this', 'Please publish it now!', 'go live', 'ok, put my app online'])(
    'to publish and nothing else is understood: %j',
    (request) => expect(isDeployRequest(request)).toBe(true),
  );

  it.each(['deploy this: a shop', 'add a publish button', 'make it blue and deploy it'])(
    'for more than publishing is left to the model: %j',
    (request) => expect(isDeployRequest(request)).toBe(false),
  );

  it.each([
    ['The form does not work any more', 'read_logs'],
    ['make it blue and deploy it', 'publishing'],
    ['please revert the last thing', 'Undo'],
    ['Why is the title green?', 'change nothing'],
  ])('gives its intent away: %j', (request, hint) => {
    expect(intentNote(request)).toContain(hint);
  });

  it('comes to the model with its hint, and without one where there is a plan', () => {
    const turn = { history: [], request: 'It crashes', images: [], secrets: [] };
    const textsOf = (planning: null | 'approved') =>
      buildMessages({ ...turn, planning })[0]?.parts.map((part) =>
        part.type === 'text' ? part.text.split(':')[0] : part.type,
      );

    expect(textsOf(null)).toEqual(['It crashes', '[spt-flow] Hint']);
    expect(textsOf('approved')).toHaveLength(2);
    expect(buildMessages({ ...turn, request: 'a shop', planning: null })[0]?.parts).toHaveLength(1);
  });
});
