import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  AuditEntrySchema,
  AuditExportEndSchema,
  AuditExportStartSchema,
} from '@spt-flow/shared/api/audit';
import {
  checkChain,
  headText,
  type AuditHead,
  type BrokenAt,
  type ChainCheck,
  type HeadKind,
  type SealedRecord,
} from '@spt-flow/shared/domain/audit-chain';
import { verifyBytes } from '@spt-flow/tunnel/handshake/crypto';
import * as z from 'zod';
import { CliError, EXIT } from '../core/errors.ts';

export interface CheckedFile {
  readonly entryCount: number;
  /** Entries up to this one were removed, as they were old. */
  readonly anchor: AuditHead | undefined;
  readonly head: AuditHead | undefined;
  /** The key that has signed it, as the file says unless one was given. */
  readonly publicKey: string;
  readonly broken: BrokenAt | undefined;
}

const SealedEntrySchema = AuditEntrySchema.extend({
  sequence: z.number().int(),
  previousHash: z.string(),
  hash: z.string(),
});

type Line =
  | { readonly kind: 'start'; readonly anchor: AuditHead }
  | { readonly kind: 'entry'; readonly entry: SealedRecord }
  | { readonly kind: 'end'; readonly end: z.infer<typeof AuditExportEndSchema> };

/** checkExport recomputes the chain of an export by itself, and believes nothing of it but the key that is given. */
export async function checkExport(
  content: Readable,
  publicKey: string | undefined,
): Promise<CheckedFile> {
  let anchor: AuditHead | undefined;
  let check = checkChain(hashText);
  let number = 0;
  let broken: BrokenAt | undefined;
  for await (const text of linesOf(content)) {
    number += 1;
    const line = readLine(text, number);
    // Read on after a fault: the end says whether entries are left out on purpose.
    if (line.kind === 'end')
      return finish(check, { ...line.end, broken, anchor, given: publicKey });
    if (line.kind === 'entry') broken ??= check.next(line.entry);
    else if (number === 1) check = checkChain(hashText, (anchor = line.anchor));
  }
  broken ??= { sequence: check.sequence + 1, id: null, fault: 'cut' };
  const key = publicKey ?? '';
  return { entryCount: check.sequence, anchor, head: undefined, publicKey: key, broken };
}

function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

type End = z.infer<typeof AuditExportEndSchema> & {
  readonly broken: BrokenAt | undefined;
  readonly anchor: AuditHead | undefined;
  readonly given: string | undefined;
};

function finish(check: ChainCheck, end: End): CheckedFile {
  if (end.isFiltered)
    throw new CliError({
      what: 'The file holds a part of the log only, since it was exported with a filter',
      ...{ command: 'spt-flow audit export', exitCode: EXIT.usage },
    });
  const { anchor } = end;
  const head = end.head ?? undefined;
  const publicKey = end.given ?? end.publicKey;
  const isSigned = ({ signature, ...signed }: AuditHead, kind: HeadKind) =>
    verifyBytes(publicKey, Buffer.from(headText(signed, kind)), signature);
  const entryCount = check.sequence - (anchor?.sequence ?? 0);
  const checked = { entryCount, anchor, head, publicKey };
  if (anchor && !isSigned(anchor, 'anchor'))
    return { ...checked, broken: { sequence: anchor.sequence, id: null, fault: 'forged' } };
  return { ...checked, broken: end.broken ?? check.end(head, (last) => isSigned(last, 'head')) };
}

function readLine(text: string, number: number): Line {
  try {
    const value: unknown = JSON.parse(text);
    const end = AuditExportEndSchema.safeParse(value);
    if (end.success) return { kind: 'end', end: end.data };
    const start = AuditExportStartSchema.safeParse(value);
    if (start.success) return { kind: 'start', anchor: start.data.anchor };
    return { kind: 'entry', entry: SealedEntrySchema.parse(value) };
  } catch (cause) {
    throw new CliError({
      what: `Line ${number} is not of an export of the audit log as lines of JSON`,
      ...{ command: 'spt-flow audit export', exitCode: EXIT.usage, cause },
    });
  }
}

/** Unlike those of readline it fails where the content does: what can't be read is not cut. */
async function* linesOf(content: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of content) {
    const lines = `${rest}${decoder.decode(chunk as Uint8Array, { stream: true })}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
