import { resetWith } from '@spt-flow/tunnel/join-streams';
import type { TunnelStream } from '@spt-flow/tunnel/types';

/**
 * relayStream passes a stream that another replica asked for on to the agent: bytes both ways at the pace of the
 * slower, the answer, the end of each half with its trailers, and resets.
 */
export function relayStream(asked: TunnelStream, answering: TunnelStream): void {
  resetWith(asked, answering);
  resetWith(answering, asked);
  carry(asked, answering);
  const ends = [asked, answering];
  pass(answering.response, ends, (head) => {
    asked.respond(head);
    carry(answering, asked);
  });
}

function carry(source: TunnelStream, target: TunnelStream): void {
  source.pipe(target, { end: false });
  source.once('end', () =>
    pass(source.trailers, [source, target], (trailers) => target.endWith(trailers)),
  );
}

/** Not all that can be read can be written again: what is nested too deeply, or is longer in our words. */
function pass(
  said: Promise<unknown>,
  ends: readonly TunnelStream[],
  on: (value: unknown) => void,
): void {
  said.then(
    (value) => {
      try {
        on(value);
      } catch {
        for (const end of ends) end.reset('bad_request', 'What was said cannot be passed on');
      }
    },
    // It was reset, and that is passed on.
    () => undefined,
  );
}
