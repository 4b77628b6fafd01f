import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { EmitEvent } from '../connection/event-buffer.ts';
import { stopGroup } from '../processes/process-group.ts';
import type { SshServer } from '../ssh/ssh-server.ts';
import type { Handlers } from './handler.ts';

const KILL_GRACE_MS = 500;
const MAX_LINE_LENGTH = 2_000;

export interface SshHandlerDeps {
  readonly sshServer: SshServer;
  readonly events: { readonly emit: EmitEvent };
}

/** Each connection has a server of its own; the end of the stream before the server's own ends it. */
export function createSshHandlers({
  sshServer,
  events,
}: SshHandlerDeps): Pick<Handlers, 'ssh' | 'ssh.host'> {
  return {
    async 'ssh.host'({ stream, accept }) {
      accept(await sshServer.host());
      stream.resume();
      stream.end();
    },

    async ssh({ head, stream, accept }) {
      const group = await sshServer.start(head);
      const kill = () => void stopGroup(group.id, KILL_GRACE_MS);
      stream.once('close', kill);
      if (stream.destroyed) kill();
      else accept();
      tellLog(group.stderr, (text) =>
        events.emit({
          ...{ type: 'log', at: Date.now(), source: 'ssh', level: 'info', text },
          ...(head.correlationId !== undefined && { correlationId: head.correlationId }),
        }),
      );
      stream.pipe(group.stdin);
      group.stdout.pipe(stream, { end: false });
      // Nobody reads any more; the output must still reach its end.
      stream.once('close', () => group.stdout.resume());
      await group.closed;
      stream.off('close', kill);
      stream.resume();
      if (!stream.destroyed) stream.end();
    },
  };
}

/** Why somebody was not let in is only told here: the client learns nothing by design of the protocol. */
function tellLog(stderr: Readable, tell: (text: string) => void): void {
  createInterface({ input: stderr }).on('line', (line) =>
    tell(line.trimEnd().slice(0, MAX_LINE_LENGTH)),
  );
}
