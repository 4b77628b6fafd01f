import { TunnelError, type TunnelStream } from './types.ts';

/** joinStreams carries bytes both ways at the pace of the slower, the end of each half, and resets. */
export function joinStreams(left: TunnelStream, right: TunnelStream): void {
  left.pipe(right);
  right.pipe(left);
  resetWith(left, right);
  resetWith(right, left);
}

/** resetWith resets the other with the source. What closes after its last bytes is left alone: the other may still have some to send. */
export function resetWith(source: TunnelStream, other: TunnelStream): void {
  source.once('close', () => {
    if (source.readableEnded && source.writableFinished) return;
    const { errored } = source;
    if (errored instanceof TunnelError) other.reset(errored.code, errored.message);
    else other.reset('cancelled');
  });
}
