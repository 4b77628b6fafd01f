import { resetWith } from '@spt-flow/tunnel/join-streams';
import type { TunnelStream } from '@spt-flow/tunnel/types';

/**
 * relayStream passes a stream that another replica asked for on to the agent: bytes both ways at the pace of the
 * slower, the answer, the end of each half with its trailers, and resets.
 */
export function relayStream(asked: TunnelStream, answering: TunnelStream): void {
  carry(asked, answering);
  resetWith(asked, answering);
  resetWith(answering, asked);
  void answering.response.then(
    (head) => {
      asked.respond(head);
      carry(answering, asked);
    },
    // It was reset, and that is passed on.
    () => undefined,
  );
}

function carry(source: TunnelStream, target: TunnelStream): void {
  source.pipe(target, { end: false });
  source.once('end', () => {
    source.trailers.then(
      (trailers) => target.endWith(trailers),
      () => undefined,
    );
  });
}
