import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { portOf } from '../support/ports.ts';

/** What Sentry's documents say of an envelope with one event; anything else is refused, as it would be dropped there. */
const EventId = z.string().regex(/^[0-9a-f]{32}$/);
const HeaderSchema = z.strictObject({ event_id: EventId, sent_at: z.iso.datetime() });
const ItemSchema = z.strictObject({
  type: z.literal('event'),
  content_type: z.literal('application/json'),
  length: z.int().max(1_000_000),
});
const FrameSchema = z.strictObject({
  function: z.string().min(1),
  filename: z.string().min(1),
  lineno: z.int().min(1),
  colno: z.int().min(1),
  in_app: z.boolean(),
});
const EventSchema = z.strictObject({
  event_id: EventId,
  timestamp: z.number().positive(),
  platform: z.enum(['node', 'javascript', 'other']),
  level: z.enum(['fatal', 'error', 'warning', 'info', 'debug']),
  release: z.string().regex(/^[^\n\r\t/\\]{1,200}$/),
  logentry: z.strictObject({ formatted: z.string().max(8_192) }).optional(),
  tags: z.record(z.string().regex(/^[\w.:-]{1,32}$/), z.string().min(1).max(200)).optional(),
  exception: z.strictObject({
    values: z
      .array(
        z.strictObject({
          type: z.string().min(1),
          value: z.string().max(8_192),
          stacktrace: z.strictObject({ frames: z.array(FrameSchema).min(1) }),
        }),
      )
      .min(1),
  }),
});
const AUTH = /^Sentry sentry_version=7, sentry_client=[\w-]+\/[\w.-]+, sentry_key=(\w+)$/;

export type ReceivedEvent = z.infer<typeof EventSchema>;

/** startEnvelopeServer stands at the place of a project of Sentry. */
export async function startEnvelopeServer({ publicKey }: { publicKey: string }) {
  const events: ReceivedEvent[] = [];
  const refusals: string[] = [];
  let pauseSeconds: number | undefined;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (pauseSeconds !== undefined) {
        response.writeHead(429, { 'retry-after': String(pauseSeconds) }).end();
        pauseSeconds = undefined;
        return;
      }
      try {
        if (`${request.method} ${request.url}` !== 'POST /api/7/envelope/')
          throw new Error(`asked ${request.url}`);
        if (request.headers['content-type'] !== 'application/x-sentry-envelope')
          throw new Error('is no envelope');
        if (AUTH.exec(String(request.headers['x-sentry-auth']))?.[1] !== publicKey)
          throw new Error('shows no key');
        events.push(readEnvelope(body));
        response.end('{}');
      } catch (error) {
        refusals.push(String(error));
        response.writeHead(400).end('{}');
      }
    });
  }).listen(0, '127.0.0.1');
  const port = await portOf(server);
  return {
    events,
    refusals,
    dsn: `http://${publicKey}@127.0.0.1:${port}/7`,
    /** The next event is too many. */
    wantLess: (seconds: number) => void (pauseSeconds = seconds),
    close: () => void server.close(),
  };
}

function readEnvelope(body: string): ReceivedEvent {
  const [header = '', item = '', event = '', ...rest] = body.split('\n');
  if (rest.join('') !== '') throw new Error('has more than one item');
  const { event_id: id } = HeaderSchema.parse(JSON.parse(header));
  const { length } = ItemSchema.parse(JSON.parse(item));
  if (length !== Buffer.byteLength(event)) throw new Error('has another length than it says');
  const parsed = EventSchema.parse(JSON.parse(event));
  if (parsed.event_id !== id) throw new Error('has two ids');
  return parsed;
}
