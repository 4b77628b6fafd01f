import { ApiError } from '@spt-flow/shared/api/client';
import { envelopeOf } from '@spt-flow/shared/api/envelope';
import { RECORDING_PATH } from '@spt-flow/shared/api/sessions';
import * as z from 'zod';
import type { Cast, CastEvent } from './cast.ts';

const HeadSchema = z.object({
  width: z.number().int().min(1).max(1000),
  height: z.number().int().min(1).max(1000),
});
const EventSchema = z.array(z.union([z.number(), z.string()]));

/** parseCast reads asciicast version 2; lines that it does not know are passed over. */
export function parseCast(text: string): Cast {
  const [head = '', ...lines] = text.split('\n');
  const { width, height } = HeadSchema.parse(JSON.parse(head));
  const events = lines.flatMap((line): CastEvent[] => {
    if (line === '') return [];
    const [seconds, code, data] = EventSchema.safeParse(JSON.parse(line)).data ?? [];
    if (typeof seconds !== 'number' || typeof data !== 'string') return [];
    return code === 'o' || code === 'r' || code === 'm' ? [{ seconds, code, data }] : [];
  });
  return { cols: width, rows: height, events };
}

export function recordingUrl(sessionId: string): string {
  return RECORDING_PATH.replace(':id', sessionId);
}

export async function loadCast(sessionId: string, signal: AbortSignal): Promise<Cast> {
  const response = await fetch(recordingUrl(sessionId), { credentials: 'same-origin', signal });
  if (response.ok) return parseCast(await response.text());
  const answer = envelopeOf(z.unknown()).safeParse(await response.json().catch(() => undefined));
  const { message, ...error } = answer.data?.error ?? {
    ...{ message: 'The recording could not be read', code: 'bad_answer', correlationId: '' },
  };
  throw new ApiError(message, { ...error, status: response.status });
}
