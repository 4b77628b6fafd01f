import { describe, expect, it } from 'vitest';
import { TurnSteps } from './turn-steps.ts';

describe('TurnSteps', () => {
  it('keep their order when one is named better after later ones began', () => {
    const steps = new TurnSteps(
      () => undefined,
      () => 0,
    );
    steps.start('probe', 'Checking the app');
    steps.start('commit', 'Keeping the change');

    steps.relabel('probe', { ok: true, label: 'Checking: 200 in 3 ms', durationMs: 3.2 });

    expect(steps.all).toMatchObject([
      { id: 'probe', label: 'Checking: 200 in 3 ms', state: 'done', durationMs: 3 },
      { id: 'commit', state: 'running' },
    ]);
  });
});
