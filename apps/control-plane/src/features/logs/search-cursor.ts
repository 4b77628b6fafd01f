import { AppError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';
import type { SearchPosition } from './logs-repository.ts';

const PositionSchema = z.tuple([z.iso.datetime(), z.uuid(), z.number().int()]);

export function encodePosition(row: { at: Date; workspaceId: string; seq: number }): string {
  const position = [row.at.toISOString(), row.workspaceId, row.seq];
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

export function decodePosition(cursor: string | undefined): SearchPosition | undefined {
  if (cursor === undefined) return undefined;
  try {
    const text = Buffer.from(cursor, 'base64url').toString();
    const [at, workspaceId, seq] = PositionSchema.parse(JSON.parse(text));
    return { at, workspaceId, seq };
  } catch (cause) {
    throw new AppError('validation_failed', 'The cursor is not valid', { cause });
  }
}
