import { createMask } from '@spt-flow/shared/agent-protocol/known-values';
import { describe, expect, it } from 'vitest';
import type { StoredPiece } from './output-repository.ts';
import { createPipelineLog } from './pipeline-log.ts';

const SECRET = { name: 'TOKEN', value: 'very-secret-value' };

function openLog() {
  const stored: StoredPiece[] = [];
  const log = createPipelineLog('build', {
    repository: {
      async appendLog(_id, piece) {
        // The later it is, the quicker: what is stored side by side would overtake.
        for (let turn = piece.sequence; turn < 20; turn += 1) await Promise.resolve();
        stored.push(piece);
        return true;
      },
    },
    mask: createMask([SECRET]),
    onError: (error) => {
      throw error;
    },
  });
  return { log, stored };
}

describe('the log of a build', () => {
  it('keeps the order of what jobs print beside each other', async () => {
    const { log, stored } = openLog();
    const jobs = [log.openJob('a'), log.openJob('b')];

    for (const job of jobs) void job.line('x'.repeat(5_000).replaceAll('x', 'long '));
    for (const job of jobs)
      for (let count = 0; count < 8; count += 1) void job.line('y'.repeat(4_000));
    await Promise.all(jobs.map((job) => job.end()));

    const sequences = stored.map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from(sequences, (_, at) => at + 1));
    expect(stored.filter(({ text }) => !text.endsWith('\n'))).toEqual([]);
    expect(new Set(stored.map(({ jobId }) => jobId)).size).toBe(2);
  });

  it('shows no beginning of a secret where a line is cut', async () => {
    const { log, stored } = openLog();
    const job = log.openJob('a');

    void job.line(`${'x'.repeat(8 * 1024 - 10)}${SECRET.value}`);
    await job.end();

    expect(stored.map(({ text }) => text).join('')).not.toContain('very');
  });

  it('keeps no more than its limits, of a job and of all', async () => {
    const { log, stored } = openLog();
    const ends = [];
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const job = log.openJob(id);
      for (let count = 0; count < 400; count += 1) await job.line('y'.repeat(8_000));
      ends.push(await job.end());
    }

    expect(ends.map(({ coverage }) => coverage)).toEqual(Array(6).fill('cut'));
    const kept = stored.reduce((sum, { text }) => sum + text.length, 0);
    expect(kept).toBeLessThan(8.1 * 1024 * 1024);
  });
});
