import { decodeJson, encodeJson, MAX_NOTICE_BYTES, protocolError } from './frame-codec.ts';
import { TunnelError } from './types.ts';

const MAX_CODE_LENGTH = 64;
const MAX_MESSAGE_LENGTH = 500;

/** Notice tells the peer why a stream ended early. */
export interface Notice {
  readonly code: string;
  readonly message: string;
}

/** Words of errors that are not the tunnel's own stay here: they may hold secrets. */
export function noticeOf(error: Error | null): Notice {
  if (!error) return { code: 'cancelled', message: 'Stream was cancelled' };
  if (error instanceof TunnelError) return { code: error.code, message: error.message };
  return { code: 'internal', message: 'Stream failed' };
}

export function encodeNotice({ code, message }: Notice): Uint8Array {
  const notice = {
    code: code.slice(0, MAX_CODE_LENGTH),
    message: message.slice(0, MAX_MESSAGE_LENGTH),
  };
  return encodeJson(notice, MAX_NOTICE_BYTES);
}

export function decodeNotice(payload: Uint8Array): Notice {
  const value = decodeJson(payload);
  if (typeof value !== 'object' || value === null || !('code' in value) || !('message' in value)) {
    throw protocolError('Notice lacks code or message');
  }
  const { code, message } = value;
  if (typeof code !== 'string' || typeof message !== 'string') {
    throw protocolError('Code and message of a notice are strings');
  }
  return { code, message };
}
