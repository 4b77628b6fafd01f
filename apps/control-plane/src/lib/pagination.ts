import { AppError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';

const PositionSchema = z.tuple([z.iso.datetime(), z.uuid()]);

/** A position in a list that is ordered by time, newest first, with the id as the tie break. */
export interface Position {
  readonly at: Date;
  readonly id: string;
}

function encodeCursor(position: Position): string {
  return Buffer.from(JSON.stringify([position.at.toISOString(), position.id])).toString(
    'base64url',
  );
}

export function decodeCursor(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [at, id] = PositionSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { at: new Date(at), id };
  } catch (cause) {
    throw new AppError('validation_failed', 'The cursor is not valid', { cause });
  }
}

/** toPage cuts the extra row that was read to learn whether there is more. */
export function toPage<Row extends { id: string }>(
  rows: readonly Row[],
  limit: number,
  at: (row: Row) => Date,
) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const nextCursor =
    rows.length > limit && last ? encodeCursor({ at: at(last), id: last.id }) : null;
  return { items, nextCursor };
}
