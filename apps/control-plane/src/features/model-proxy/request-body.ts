import * as z from 'zod';
import { AppError } from '@spt-flow/shared/domain/errors';
import { parseBoundedJson } from '../../lib/bounded-json.ts';
import { BYTES_PER_TOKEN, MAX_IMAGE_TOKENS } from '../chat/index.ts';

/** More than any service reads of a document that fits into a request. */
const MAX_DOCUMENT_TOKENS = 400_000;
const CLIENT_TOOLS = /^(?:custom|function|bash_|text_editor_|computer_|memory_)/;

const Count = z.number().int().min(0).nullish();

/** What is looked at of a request; whether the rest is valid is for the service to say. */
export const BodySchema = z.looseObject({
  model: z.string().min(1).max(200),
  stream: z.boolean().nullish(),
  max_tokens: Count,
  max_completion_tokens: Count,
  n: Count,
  thinking: z.looseObject({ budget_tokens: Count }).nullish(),
  tools: z.array(z.looseObject({ type: z.string().nullish() })).nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});
export type RequestBody = z.infer<typeof BodySchema>;

export function parseBody(raw: Buffer): RequestBody {
  try {
    return BodySchema.parse(parseBoundedJson(raw.toString()));
  } catch (cause) {
    throw new AppError('validation_failed', 'The request is not JSON that names a model', {
      cause,
    });
  }
}

const SourceSchema = z.looseObject({
  type: z.string(),
  media_type: z.string().optional(),
  data: z.string().optional(),
});

interface Media {
  /** Of pictures and documents, which say nothing about tokens. */
  bytes: number;
  tokens: number;
}

function addMedia(value: unknown, media: Media): void {
  if (typeof value !== 'object' || value === null) return;
  const parsed = 'source' in value ? SourceSchema.safeParse(value.source) : undefined;
  if (parsed?.success && parsed.data.type !== 'text') {
    const isImage = 'type' in value && value.type === 'image';
    media.bytes += parsed.data.data?.length ?? 0;
    media.tokens += isImage ? MAX_IMAGE_TOKENS : MAX_DOCUMENT_TOKENS;
  }
  if ('url' in value && typeof value.url === 'string' && value.url.startsWith('data:image/')) {
    media.bytes += value.url.length;
    media.tokens += MAX_IMAGE_TOKENS;
  }
  for (const child of Object.values(value)) addMedia(child, media);
}

/** inputTokensOf is an upper bound. */
export function inputTokensOf(raw: Buffer, body: RequestBody): number {
  const media: Media = { bytes: 0, tokens: 0 };
  addMedia(body, media);
  return Math.ceil((raw.length - media.bytes) / BYTES_PER_TOKEN) + media.tokens;
}

/** asksForMore is true where a request alone does not say what it may cost: the service itself goes on working. */
export function asksForMore(body: RequestBody): boolean {
  if (body['mcp_servers'] !== undefined || body['container'] !== undefined) return true;
  return (body.tools ?? []).some(({ type }) => type != null && !CLIENT_TOOLS.test(type));
}
