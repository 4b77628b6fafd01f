import { createChannelDecoder } from '@spt-flow/tunnel/channel-framing';
import type { TunnelStream } from '@spt-flow/tunnel/types';

/** Visits the channel messages of a body; one that is not made of them resets the stream. */
export function readChannels(
  stream: TunnelStream,
  visit: (channel: number, payload: Buffer) => void,
): void {
  const decoder = createChannelDecoder();
  stream.on('data', (chunk: Buffer) => {
    try {
      decoder.feed(chunk, visit);
    } catch {
      // The words of the parser help nobody: whatever the bytes are, the sender is not one of ours.
      stream.reset('bad_request', 'The body is not made of channel messages');
    }
  });
}
