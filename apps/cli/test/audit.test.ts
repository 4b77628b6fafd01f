import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  AUDIT_EXPORT_PATH,
  AUDIT_NEXT_HEADER,
  auditRoutes,
  type AuditEntry,
} from '@spt-flow/shared/api/audit';
import {
  FIRST_PREVIOUS_HASH,
  hashRecord,
  headText,
  type HeadKind,
} from '@spt-flow/shared/domain/audit-chain';
import { generateSigningKey, signBytes } from '@spt-flow/tunnel/handshake/crypto';
import { useCliStage } from './support/cli-stage.ts';

const cli = useCliStage();
const AT = '2026-01-02T03:04:05.000Z';
const KEY = generateSigningKey();
const ENTRIES = chainOf(3);
const HEAD = headOf(ENTRIES);
const END = { head: HEAD, publicKey: KEY.publicKeySpki, isFiltered: false };
let file: string;

function entryOf(number: number) {
  return {
    id: `3f2a91c0-2f5c-4f0e-8d26-0d3a7f6f1c5${number}`,
    organizationId: '0195f6f6-2f5c-7f0e-8d26-0d3a7f6f1c55',
    ...{
      at: AT,
      principal: 'user:0195f6f6',
      principalName: 'Ada\x1b[31m',
      result: 'done' as const,
    },
    ...{ action: 'member.remove', target: 'x', subjectName: 'Grace', detail: { b: 1, a: 'ü' } },
    ...{ address: '192.0.2.7', userAgent: null, correlationId: 'a-correlation' },
  };
}

function chainOf(count: number) {
  let previousHash = FIRST_PREVIOUS_HASH;
  return Array.from({ length: count }, (_, index) => {
    const place = { sequence: index + 1, previousHash };
    const entry = entryOf(place.sequence);
    previousHash = hashRecord(entry, place, (text) =>
      createHash('sha256').update(text).digest('hex'),
    );
    return { ...entry, ...place, hash: previousHash } satisfies AuditEntry;
  });
}

function headOf(entries: typeof ENTRIES, kind: HeadKind = 'head') {
  const { sequence = 0, hash = '' } = entries.at(-1) ?? {};
  const head = { organizationId: entryOf(1).organizationId, sequence, hash, signedAt: AT };
  return { ...head, signature: signBytes(KEY, Buffer.from(headText(head, kind))) };
}

function linesOf(...values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

beforeEach(() => {
  file = path.join(cli.home, 'audit.jsonl');
  cli.server.onFile(AUDIT_EXPORT_PATH, (request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://test');
    const after = Number(searchParams.get('after'));
    // Two at a time.
    const isLast = after + 2 >= ENTRIES.length;
    if (!isLast) response.setHeader(AUDIT_NEXT_HEADER, after + 2);
    response.end(linesOf(...ENTRIES.slice(after, after + 2), ...(isLast ? [END] : [])));
  });
});

describe('audit', () => {
  it('tells what was done, as one would say it', async () => {
    cli.server.on(auditRoutes.list, () => ({ items: ENTRIES.slice(0, 1), nextCursor: null }));

    const { stdout } = await cli.run(['audit', 'list', '--action', 'member', '--since', '1h']);

    expect(stdout).toBe(
      'NUMBER  TIME                 FROM       WHAT\n' +
        '1       2026-01-02 03:04:05  192.0.2.7  Ada removed Grace from the organization\n',
    );
  });

  it('exports all there is, and verifies the file without asking anybody', async () => {
    const exported = await cli.run(['audit', 'export', '--file', file]);
    const asked = cli.server.requests.length;
    const verified = await cli.run(['audit', 'verify', file, '--public-key', KEY.publicKeySpki]);

    expect(exported).toMatchObject({ exitCode: 0 });
    expect(verified).toMatchObject({
      exitCode: 0,
      stdout: 'The audit log is as it was written: 3 entries, signed 2026-01-02 03:04:05 UTC\n',
    });
    expect(cli.server.requests).toHaveLength(asked);
  });

  it.each([
    [
      'changed',
      linesOf(ENTRIES[0], { ...ENTRIES[1], target: 'y' }, ENTRIES[2], END),
      'entry 2 (3f2a',
    ],
    [
      'removed',
      linesOf(ENTRIES[0], ENTRIES[2], END),
      'entry 2 is the first that is wrong, as it is gone',
    ],
    ['cut off', linesOf(ENTRIES[0], ENTRIES[1]), 'entry 3 is the first that is wrong'],
    ['cut off before its end', linesOf(ENTRIES[0], ENTRIES[1], END), 'entry 3 is the first'],
    [
      'written anew',
      linesOf(ENTRIES[0], { ...END, head: headOf(ENTRIES.slice(0, 1)) }),
      'not signed by this',
    ],
  ])('names the first entry of what was %s', async (_what, text, named) => {
    await writeFile(file, text);
    const { publicKeySpki } = named.startsWith('not') ? generateSigningKey() : KEY;

    const verified = await cli.run(['audit', 'verify', file, '--public-key', publicKeySpki]);

    expect(verified.exitCode).toBe(1);
    expect(verified.stderr).toContain(named);
  });

  it('misses on the server what a file has', async () => {
    const more = chainOf(4);
    await writeFile(file, linesOf(...more, { ...END, head: headOf(more) }));

    const { exitCode, stderr } = await cli.run(['audit', 'verify', file, '--compare']);

    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1 });
    expect(stderr).toContain('entry 4 is the first that is wrong');
  });

  it('verifies what is left once old entries were removed, and nothing that only says so', async () => {
    const old = ENTRIES.slice(0, 2);
    await writeFile(file, linesOf({ anchor: headOf(old, 'anchor') }, ENTRIES[2], END));
    expect(await cli.run(['audit', 'verify', file])).toMatchObject({
      ...{ exitCode: 0, stdout: expect.stringContaining('1 entry') },
    });

    for (const [text, said] of [
      [linesOf({ anchor: headOf(old) }, ENTRIES[2], END), 'entry 2'],
      [linesOf({ anchor: headOf(old, 'anchor') }, END), 'entry 3'],
      [linesOf(ENTRIES[0], { anchor: headOf(old, 'anchor') }, ENTRIES[2], END), 'entry 2'],
    ] as const) {
      await writeFile(file, text);
      expect(await cli.run(['audit', 'verify', file])).toMatchObject({
        ...{ exitCode: 1, stderr: expect.stringContaining(said) },
      });
    }
  });

  it.each([
    ['a file that is none', 'hello\n', 'Line 1 is not of an export'],
    ['a part of the log', linesOf(ENTRIES[2], { ...END, isFiltered: true }), 'with a filter'],
  ])('does not judge %s', async (_what, text, said) => {
    await writeFile(file, text);

    const { exitCode, stderr } = await cli.run(['audit', 'verify', file]);
    const missing = await cli.run(['audit', 'verify', `${file}.missing`]);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(said);
    expect(missing).toMatchObject({ exitCode: 2 });
  });
});
