import { describe, expect, it } from 'vitest';
import { statusProblems } from '../src/requirements-status.js';

const GOOD = `
| section | done | partly | open | all |
| ------- | ---: | -----: | ---: | --: |
| 1. One  | 1    | 1      | 0    | 2   |
| 2. Two  | 0    | 0      | 1    | 1   |
| **all** | 1    | 1      | 1    | 3   |

## 1. One

| id    | state  | shown by              |
| ----- | ------ | --------------------- |
| ONE-1 | done   | \`there/a.test.ts\`   |
| ONE-2 | partly | Half: \`there/b.ts\`  |

## 2. Two

| id    | state | shown by |
| ----- | ----- | -------- |
| TWO-1 | open  |          |
`;

function exists(path) {
  return path.startsWith('there/');
}

describe('statusProblems', () => {
  it('finds nothing where all is true', () => {
    expect(statusProblems(GOOD, exists)).toEqual([]);
  });

  it.each([
    ['| TWO-1 | open ', '| TWO-1 | ready', /TWO-1 is 'ready'/],
    ['there/a.test.ts', 'gone/a.test.ts', /ONE-1 names 'gone\/a\.test\.ts', which is gone/],
    ['Half: `there/b.ts`', '', /ONE-2 is partly, and nothing shows it/],
    ['| ONE-2 |', '| ONE-1 |', /ONE-1 is listed twice/],
    ['| 1. One  | 1 ', '| 1. One  | 2 ', /The totals lack \| 1\. One \| 1 \| 1 \| 0 \| 2 \|/],
    ['| **all** | 1 ', '| **all** | 9 ', /The totals lack \| \*\*all\*\* \| 1 /],
  ])('finds that %j became %j', (before, after, problem) => {
    const text = GOOD.replace(before, after);

    expect(statusProblems(text, exists)).toEqual(
      expect.arrayContaining([expect.stringMatching(problem)]),
    );
  });
});
