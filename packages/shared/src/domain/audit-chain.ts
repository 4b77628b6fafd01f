/** AuditRecord is what an entry of the audit log says; its hash covers all of it. */
export interface AuditRecord {
  readonly id: string;
  readonly organizationId: string | null;
  readonly at: string;
  readonly principal: string;
  readonly principalName: string | null;
  readonly action: string;
  readonly target: string;
  readonly subjectName: string | null;
  readonly result: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly correlationId: string;
}

/** SealedRecord stands in the chain of its organization: numbered from 1 without gaps. */
export interface SealedRecord extends AuditRecord {
  readonly sequence: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** AuditHead is a place in a chain, first of all where it ends; signed, so that an end that was cut off is missed. */
export interface AuditHead {
  readonly organizationId: string | null;
  readonly sequence: number;
  readonly hash: string;
  readonly signedAt: string;
  readonly signature: string;
}

/** SHA-256 of a text in UTF-8, as lower-case hexadecimal. */
export type HashText = (text: string) => string;

/** What the first entry of a chain is hashed with. */
export const FIRST_PREVIOUS_HASH = '0'.repeat(64);

/** canonicalJson writes a value in one way only: keys in the order of their code units, no spaces. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** hashRecord hashes an entry with its number and the hash of the entry before it. */
export function hashRecord(
  record: AuditRecord,
  place: { readonly sequence: number; readonly previousHash: string },
  hashText: HashText,
): string {
  const { sequence, previousHash } = place;
  return hashText(`${previousHash}\n${canonicalJson({ ...contentOf(record), sequence })}`);
}

/** A `head` is where a chain ends; an `anchor` the entry after which it begins, as older ones were removed. */
export type HeadKind = 'head' | 'anchor';

/** headText is what is signed of a head, so that one kind never passes for the other. */
export function headText(head: Omit<AuditHead, 'signature'>, kind: HeadKind = 'head'): string {
  const { organizationId, sequence, hash, signedAt } = head;
  const what = `spt-flow audit ${kind}`;
  return canonicalJson({ what, organizationId, sequence, hash, signedAt });
}

/**
 * Why a chain is broken. `changed`: the entry is not what was sealed; `missing`: entries before it are gone;
 * `moved`: it does not follow the entry before it; `cut`: the chain ends before its signed head; `unsigned`: there is no
 * head; `forged`: the signature of its beginning or end is not by the installation's key.
 */
export type ChainFault = 'changed' | 'missing' | 'moved' | 'cut' | 'unsigned' | 'forged';

export interface BrokenAt {
  readonly sequence: number;
  readonly id: string | null;
  readonly fault: ChainFault;
}

export interface ChainCheck {
  /** Looks at the next entry; returns what is wrong with it. */
  next(record: SealedRecord): BrokenAt | undefined;
  /** Compares where the chain ends with its head. */
  end(head: AuditHead | undefined, isSigned: (head: AuditHead) => boolean): BrokenAt | undefined;
  /** The last entry that was right. */
  readonly sequence: number;
  readonly hash: string;
}

/** checkChain follows a chain from its beginning, or from a place that is known; only the first fault means something. */
export function checkChain(
  hashText: HashText,
  from: { readonly sequence: number; readonly hash: string } = {
    sequence: 0,
    hash: FIRST_PREVIOUS_HASH,
  },
): ChainCheck {
  let { sequence, hash } = from;
  return {
    get sequence() {
      return sequence;
    },
    get hash() {
      return hash;
    },

    next(record) {
      const expected = sequence + 1;
      const { previousHash } = record;
      if (record.sequence !== expected) return { sequence: expected, id: null, fault: 'missing' };
      const at = { sequence: expected, id: record.id };
      if (record.hash !== hashRecord(record, { sequence: expected, previousHash }, hashText))
        return { ...at, fault: 'changed' };
      if (previousHash !== hash) return { ...at, fault: 'moved' };
      ({ sequence, hash } = record);
      return undefined;
    },

    end(head, isSigned) {
      const at = { sequence: sequence + 1, id: null };
      if (!head) return sequence === 0 ? undefined : { ...at, fault: 'unsigned' };
      if (!isSigned(head)) return { ...at, sequence: head.sequence, fault: 'forged' };
      if (head.sequence > sequence) return { ...at, fault: 'cut' };
      if (head.sequence < sequence)
        return { ...at, sequence: head.sequence + 1, fault: 'unsigned' };
      return head.hash === hash ? undefined : { ...at, sequence, fault: 'moved' };
    },
  };
}

/** Exactly what is hashed, whatever else an object has. */
function contentOf(record: AuditRecord): AuditRecord {
  return {
    id: record.id,
    organizationId: record.organizationId,
    at: record.at,
    principal: record.principal,
    principalName: record.principalName,
    action: record.action,
    target: record.target,
    subjectName: record.subjectName,
    result: record.result,
    detail: record.detail,
    address: record.address,
    userAgent: record.userAgent,
    correlationId: record.correlationId,
  };
}
