import * as z from 'zod/mini';
import { SettingsSchema } from './agent.ts';

const PREFIX = 'sptf_server_';

const { shape } = SettingsSchema;
const DocumentSchema = z.tuple([
  shape.SPT_FLOW_AGENT_URL,
  shape.SPT_FLOW_AGENT_SERVER_KEY,
  z.nonoptional(shape.SPT_FLOW_AGENT_TOKEN),
  z.nonoptional(shape.SPT_FLOW_AGENT_CHANNEL_BINDING),
]);

/** JoinDetails is all that a machine needs to join, once. */
export interface JoinDetails {
  readonly url: string;
  readonly serverKey: string;
  readonly token: string;
  readonly channelBinding: z.infer<typeof DocumentSchema>[3];
}

export class JoinStringError extends Error {
  override readonly name = 'JoinStringError';
}

/** encodeJoinString puts them into one word that survives being pasted; it starts so that secret scanners know it. */
export function encodeJoinString(details: JoinDetails): string {
  const { url, serverKey, token, channelBinding } = details;
  const document = JSON.stringify([url, serverKey, token, channelBinding]);
  return PREFIX + Buffer.from(document).toString('base64url');
}

/** decodeJoinString never repeats what it was given in its error: it may be most of a secret. */
export function decodeJoinString(text: string): JoinDetails {
  const word = text.trim();
  if (!word.startsWith(PREFIX))
    throw new JoinStringError(`A join code starts with ${PREFIX}: copy all of it`);
  const [url, serverKey, token, channelBinding] = readDocument(word.slice(PREFIX.length));
  return { url, serverKey, token, channelBinding };
}

function readDocument(text: string): z.infer<typeof DocumentSchema> {
  try {
    return DocumentSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    throw new JoinStringError('The join code is damaged or cut off: copy all of it');
  }
}
