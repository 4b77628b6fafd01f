import { CHANNEL_CONTROL, CHANNEL_DATA, PtyControlSchema, type ExitTrailers, type PtyControl } from '@spt-flow/shared/agent-protocol/requests';
import { encodeChannel } from '@spt-flow/tunnel/channel-framing';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import type { PtyHostClient, TerminalLink } from '../pty-host/client.ts';
import { AgentError } from '../system/errors.ts';
import { readChannels } from './channels.ts';
import type { Handler } from './handler.ts';

const END_OF_INPUT = Buffer.from([4]);

/** Follows a terminal; the end of the stream detaches, the terminal lives on. */
export function createPtyHandler(ptyHost: PtyHostClient): Handler<'pty'> {
  return async ({ head, stream, accept }) => {
    const { terminalId, cols, rows, command = null } = head;
    await new Promise<void>((resolve, reject) => {
      const link = ptyHost.attach(
        { terminalId, cols, rows, command },
        {
          onAttached: (reattached) => {
            accept();
            stream.write(encodeControl({ type: 'attached', reattached }));
            link.then((opened) => forwardInput(stream, opened)).then(resolve, reject);
          },
          onData: (bytes) => {
            if (!stream.write(encodeChannel(CHANNEL_DATA, bytes))) void link.then((opened) => opened.pause());
          },
          onExit: (exitCode, signal) => {
            stream.resume();
            stream.endWith({ exitCode, signal, timedOut: false } satisfies ExitTrailers);
          },
          onFailed: (message) => {
            reject(new AgentError('internal', message));
            stream.reset('internal', message);
          },
          onOutpaced: () => stream.reset('timeout', 'The terminal was not read for too long; attach again'),
        },
      );
      link.catch(reject);
    });
  };
}

function forwardInput(stream: TunnelStream, link: TerminalLink): void {
  readChannels(stream, (channel, payload) => {
    if (channel === CHANNEL_DATA) link.write(payload);
    if (channel !== CHANNEL_CONTROL) return;
    const control = PtyControlSchema.parse(JSON.parse(payload.toString('utf8')));
    if (control.type === 'resize') link.resize(control.cols, control.rows);
    if (control.type === 'eof') link.write(END_OF_INPUT);
  });
  stream.on('drain', () => link.resume());
  stream.once('close', () => link.detach());
  if (stream.destroyed) link.detach();
}

function encodeControl(control: PtyControl): Uint8Array {
  return encodeChannel(CHANNEL_CONTROL, Buffer.from(JSON.stringify(control)));
}
