import type { Writable } from 'node:stream';
import { CHANNEL_CONTROL, CHANNEL_DATA } from '@spt-flow/shared/agent-protocol/requests';
import { createChannelDecoder, encodeChannel } from '@spt-flow/tunnel/channel-framing';
import type { Runtime } from '../runtime/runtime.ts';
import type { Environment } from '../runtime/spawn-group.ts';
import { createPtyHost } from './host.ts';
import { packData, ToHostSchema, unpackData, type FromHost } from './messages.ts';

export interface PtyHostMain {
  readonly input: AsyncIterable<Buffer>;
  readonly output: Writable;
  readonly runtime: Runtime;
  readonly directory: string;
  readonly environment: Environment;
}

/** Serves terminals over its standard streams until the agent is gone. */
export async function runPtyHost({
  input,
  output,
  runtime,
  directory,
  environment,
}: PtyHostMain): Promise<void> {
  const host = createPtyHost({
    openPty: runtime.openPty,
    directory,
    environment,
    tell: (message: FromHost) =>
      void output.write(encodeChannel(CHANNEL_CONTROL, Buffer.from(JSON.stringify(message)))),
    sendData: (attachmentId, bytes) =>
      void output.write(encodeChannel(CHANNEL_DATA, packData(attachmentId, bytes))),
  });
  output.on('error', () => undefined);
  const decoder = createChannelDecoder();
  for await (const chunk of input) decoder.feed(chunk, visit);
  host.close();

  function visit(channel: number, payload: Buffer): void {
    if (channel === CHANNEL_CONTROL) {
      host.receive(ToHostSchema.parse(JSON.parse(payload.toString('utf8'))));
      return;
    }
    const { attachmentId, bytes } = unpackData(payload);
    host.receiveData(attachmentId, bytes);
  }
}
