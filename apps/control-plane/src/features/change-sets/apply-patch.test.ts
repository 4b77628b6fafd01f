import { describe, expect, it } from 'vitest';
import { editsOfPatches } from './apply-patch.ts';
import { parseFilePatches } from './parse-patch.ts';

const LINES = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n';
const FILES: Readonly<Record<string, string | null>> = {
  'a.txt': LINES,
  'crlf.txt': LINES.replaceAll('\n', '\r\n'),
  'bare.txt': 'only line',
  'deep/er/b.txt': LINES,
  'image.png': null,
};

function edits(patch: string) {
  return editsOfPatches(parseFilePatches(patch), {
    read: async (path) => {
      const text = FILES[path];
      return text === undefined
        ? undefined
        : { sha256: 'x', text, executable: path === 'bare.txt' };
    },
  });
}

it('looks once at a patch of lines that do not end', () => {
  expect(() => parseFilePatches('diff --git \u2028'.repeat(20_000))).toThrow();
});

it.each([
  ['lines', '\n'.repeat(300_000), 'more than 200000 lines'],
  ['files', '--- a\n+++ b\n'.repeat(30_000), 'more than 10000 files'],
])('does not read a patch of too many %s', (_what, patch, words) => {
  expect(() => parseFilePatches(patch)).toThrow(words);
});

const HUNK = '@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n';
const CHANGED = LINES.replace('two', '2');

const READABLE: [string, string, object[]][] = [
  [
    'as git writes it',
    `diff --git a/a.txt b/a.txt\nindex 1..2 100644\n--- a/a.txt\n+++ b/a.txt\n${HUNK}`,
    [{ action: 'write', path: 'a.txt', text: CHANGED }],
  ],
  [
    'without prefixes',
    `--- deep/er/b.txt\n+++ deep/er/b.txt\n${HUNK}`,
    [{ action: 'write', path: 'deep/er/b.txt', text: CHANGED }],
  ],
  [
    'of two trees',
    `diff -ruN old/deep/er/b.txt new/deep/er/b.txt\n--- old/deep/er/b.txt\t2026-01-01\n+++ new/deep/er/b.txt\t2026-01-02\n${HUNK}`,
    [{ action: 'write', path: 'deep/er/b.txt', text: CHANGED }],
  ],
  [
    'for lines that moved',
    '--- a/a.txt\n+++ b/a.txt\n@@ -4,3 +4,3 @@\n one\n-two\n+2\n three\n',
    [{ action: 'write', path: 'a.txt', text: CHANGED }],
  ],
  [
    'with unix lines for a file with windows lines',
    `--- a/crlf.txt\n+++ b/crlf.txt\n${HUNK}`,
    [{ action: 'write', path: 'crlf.txt', text: CHANGED.replaceAll('\n', '\r\n') }],
  ],
  [
    'with windows lines throughout',
    `diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n${HUNK}`.replaceAll('\n', '\r\n'),
    [{ action: 'write', path: 'a.txt', text: CHANGED }],
  ],
  [
    'that takes the last new line away',
    '--- a/a.txt\n+++ b/a.txt\n@@ -7,2 +7,2 @@\n seven\n-eight\n+eight\n\\ No newline at end of file\n',
    [{ action: 'write', path: 'a.txt', text: LINES.slice(0, -1) }],
  ],
  [
    'that adds a last new line',
    '--- a/bare.txt\n+++ b/bare.txt\n@@ -1 +1 @@\n-only line\n\\ No newline at end of file\n+only line\n',
    [{ action: 'write', path: 'bare.txt', text: 'only line\n' }],
  ],
  [
    'that makes a file that may be run',
    'diff --git a/run.sh b/run.sh\nnew file mode 100755\n--- /dev/null\n+++ b/run.sh\n@@ -0,0 +1 @@\n+#!/bin/sh\n',
    [{ action: 'write', path: 'run.sh', text: '#!/bin/sh\n', executable: true }],
  ],
  [
    'that makes an empty file',
    'diff --git a/no thing.txt b/no thing.txt\nnew file mode 100644\nindex 0000000..e69de29\n',
    [{ action: 'write', path: 'no thing.txt', text: '', executable: false }],
  ],
  [
    'that deletes',
    'diff --git a/bare.txt b/bare.txt\ndeleted file mode 100755\n--- a/bare.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-only line\n\\ No newline at end of file\n',
    [{ action: 'delete', path: 'bare.txt' }],
  ],
  [
    'that renames, keeping who may run it',
    'diff --git a/bare.txt b/folder/bare.md\nsimilarity index 100%\nrename from bare.txt\nrename to folder/bare.md\n',
    [
      { action: 'delete', path: 'bare.txt' },
      { action: 'write', path: 'folder/bare.md', text: 'only line', executable: true },
    ],
  ],
  [
    'that changes only the mode',
    'diff --git a/a.txt b/a.txt\nold mode 100644\nnew mode 100755\n',
    [{ action: 'write', path: 'a.txt', text: LINES, executable: true }],
  ],
  [
    'from a mail, with the version of git below',
    `From 1 Mon Sep 17 00:00:00 2001\nSubject: [PATCH] x\n\n---\n a.txt | 2 +-\n\ndiff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n${HUNK}-- \n2.43.0\n\n`,
    [{ action: 'write', path: 'a.txt', text: CHANGED }],
  ],
];

const INVALID: [string, string, string][] = [
  ['nothing', 'Hello\n', 'The patch names no file'],
  ['a hunk without a file', HUNK, 'A hunk of the patch belongs to no file'],
  ['one name', `--- a/a.txt\n${HUNK}`, 'The patch cannot be read: Missing "+++ ..." file header'],
  ['too few lines', '--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n one\n', 'cannot be read'],
  [
    'a binary file',
    'diff --git a/image.png b/image.png\nindex 1..2 100644\nBinary files a/image.png and b/image.png differ\n',
    '"image.png" is not a text: apply a directory',
  ],
  [
    'the bytes of a new binary file',
    'diff --git a/x.png b/x.png\nnew file mode 100644\nindex 0..1\nGIT binary patch\nliteral 1\nIcmZPo000310RR91\n\n',
    '"x.png" is not a text: apply a directory',
  ],
  [
    'a link',
    'diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n',
    '"l" is a link or a submodule',
  ],
];

const MISFITTING: [string, string, string][] = [
  [
    'a hunk that fits nowhere',
    `--- a/a.txt\n+++ b/a.txt\n${HUNK}@@ -6,3 +6,3 @@\n six\n-sieben\n+7\n eight\n`,
    '"a.txt" does not hold the lines that hunk 2 of 2 (line 6) expects',
  ],
  [
    'a file that is not there',
    `--- a/gone.txt\n+++ b/gone.txt\n${HUNK}`,
    '"gone.txt" does not exist',
  ],
  [
    'a new file that is there',
    '--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+x\n',
    '"a.txt" exists already',
  ],
  [
    'a file that is no text',
    `--- a/image.png\n+++ b/image.png\n${HUNK}`,
    '"image.png" is not a text',
  ],
  [
    'a deletion of less than there is',
    '--- a/a.txt\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n',
    '"a.txt" holds more than what the patch deletes',
  ],
  [
    'a rename onto another file',
    'diff --git a/bare.txt b/a.txt\nsimilarity index 100%\nrename from bare.txt\nrename to a.txt\n',
    '"bare.txt" cannot become "a.txt", which exists already',
  ],
  [
    'no new line at an end that has one',
    '--- a/a.txt\n+++ b/a.txt\n@@ -8 +8 @@\n-eight\n\\ No newline at end of file\n+8\n\\ No newline at end of file\n',
    '"a.txt" does not hold the lines that hunk 1 of 1 (line 8) expects',
  ],
];

describe('a patch', () => {
  it.each(READABLE)('%s makes edits', async (_name, patch, expected) => {
    expect(await edits(patch)).toEqual(expected);
  });

  it.each(INVALID)('with %s is refused as invalid', (_name, patch, message) => {
    expect(() => parseFilePatches(patch)).toThrow(
      expect.objectContaining({ code: 'patch_invalid', message: expect.stringContaining(message) }),
    );
  });

  it.each(MISFITTING)('with %s does not apply, and says where', async (_name, patch, message) => {
    await expect(edits(patch)).rejects.toMatchObject({
      code: 'patch_does_not_apply',
      message: expect.stringContaining(message),
    });
  });

  it('names every file that does not fit', async () => {
    const patch = `--- a/gone.txt\n+++ b/gone.txt\n${HUNK}--- a/a.txt\n+++ b/a.txt\n${HUNK}--- a/lost.txt\n+++ b/lost.txt\n${HUNK}`;

    await expect(edits(patch)).rejects.toMatchObject({
      details: {
        issues: [
          { path: 'gone.txt', message: 'does not exist' },
          { path: 'lost.txt', message: 'does not exist' },
        ],
      },
    });
  });
});
