import {
  CHANNEL_CONTROL,
  CHANNEL_DATA,
  PtyControlSchema,
  type ExitTrailers,
  type PtyControl,
} from '@spt-flow/shared/agent-protocol/requests';
import { encodeChannel } from '@spt-flow/tunnel/channel-framing';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import type { PtyHostClient, TerminalLink, ViewerEvents } from '../pty-host/client.ts';
import { readChannels } from './channels.ts';
import type { Handler } from './handler.ts';

const END_OF_INPUT = Buffer.from([4]);

/** Shows a terminal; the end of the stream detaches, the terminal lives on. */
export function createPtyHandler(ptyHost: PtyHostClient): Handler<'pty'> {
  return ({ head, stream, accept }) =>
    new Promise((resolve, reject) => {
      const { terminalId, cols, rows, command = null } = head;
      const { viewer = '', follow = false, history = true } = head;
      // Set before the first event: the host answers in a later turn.
      let link: TerminalLink | undefined;
      let isAttached = false;
      const events: ViewerEvents = {
        onAttached(reattached) {
          isAttached = true;
          resolve();
          if (stream.destroyed) return link?.detach();
          accept();
          stream.write(encodeControl({ type: 'attached', reattached }));
          if (link) forwardInput(stream, link);
        },
        onView: (view) => void stream.write(encodeControl({ type: 'view', view })),
        onData(bytes) {
          // At once: the stream may drain in this very turn, and pausing after that would be for ever.
          if (!stream.write(encodeChannel(CHANNEL_DATA, bytes))) link?.pause();
        },
        onExit(exitCode, signal) {
          stream.resume();
          stream.endWith({ exitCode, signal, timedOut: false } satisfies ExitTrailers);
        },
        onFailed(error) {
          if (isAttached) stream.reset(error.code, error.message);
          else reject(error);
        },
        onOutpaced: () =>
          stream.reset('timeout', 'The terminal was not read for too long; attach again'),
      };
      ptyHost
        .attach({ terminalId, cols, rows, command, viewer, follow, history }, events)
        .then((opened) => (link = opened), reject);
    });
}

function forwardInput(stream: TunnelStream, link: TerminalLink): void {
  readChannels(stream, (channel, payload) => {
    if (channel === CHANNEL_DATA) link.write(payload);
    if (channel !== CHANNEL_CONTROL) return;
    const control = PtyControlSchema.parse(JSON.parse(payload.toString('utf8')));
    if (control.type === 'resize') link.resize(control.cols, control.rows);
    if (control.type === 'share') link.share(control.isShared);
    if (control.type === 'eof') link.write(END_OF_INPUT);
  });
  stream.on('drain', () => link.resume());
  stream.once('close', () => link.detach());
}

function encodeControl(control: PtyControl): Uint8Array {
  return encodeChannel(CHANNEL_CONTROL, Buffer.from(JSON.stringify(control)));
}
