import { describe, expect, it } from 'vitest';
import { aReceipt, idOf } from '../../../../test/fixtures.ts';
import { undoStateOf } from './undo-state.ts';

function file(path: string) {
  return { path, change: 'updated' as const, added: 1, removed: 1 };
}

function at(minute: number): string {
  return `2026-01-02T03:0${minute}:00.000Z`;
}

const change = aReceipt({
  id: idOf(1),
  summary: 'Made it blue',
  createdAt: at(1),
  files: [file('style.css')],
});

function later(minute: number, input: Partial<typeof change>) {
  return aReceipt({
    id: idOf(minute),
    createdAt: at(minute),
    files: [file('style.css')],
    ...input,
  });
}

describe('undo state', () => {
  it.each([
    ['nothing else', [], 'possible'],
    ['a later change of other files', [later(2, { files: [file('app.js')] })], 'possible'],
    ['a later change that did not work', [later(2, { outcome: 'rolled_back' })], 'possible'],
    ['an earlier change of the same file', [later(0, {})], 'possible'],
    ['its undo', [later(2, { summary: 'Undo: Made it blue' })], 'undone'],
    ['its undo, cut short', [later(2, { summary: 'Undo: Made it' })], 'undone'],
    ['a later change of the same file', [later(2, { summary: 'Made it red' })], 'changed-since'],
    [
      'its undo and a change after that',
      [later(2, { summary: 'Undo: Made it blue' }), later(3, { summary: 'Made it red' })],
      'changed-since',
    ],
  ] as const)('of a change beside %s', (_case, others, expected) => {
    expect(undoStateOf(change, [...others, change])).toBe(expected);
  });
});
