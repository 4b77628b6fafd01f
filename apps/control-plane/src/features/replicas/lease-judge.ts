interface Seen {
  readonly id: string;
  readonly beat: number;
}

/**
 * createLeaseJudge says which replicas are silent for too long. It compares their counters over its own monotonic time,
 * so that no two clocks have to agree, and judges nobody over a time in which it could not look itself.
 */
export function createLeaseJudge(limits: {
  readonly silentAfterMs: number;
  /** A longer pause between two looks is one of our own, e.g. because the database was away for everybody. */
  readonly longestGapMs: number;
}) {
  const since = new Map<string, { beat: number; ms: number }>();
  let lookedMs = -Infinity;

  return <Replica extends Seen>(replicas: readonly Replica[], nowMs: number): Replica[] => {
    const wasAway = nowMs - lookedMs > limits.longestGapMs;
    lookedMs = nowMs;
    const ids = new Set(replicas.map(({ id }) => id));
    for (const id of since.keys()) if (!ids.has(id)) since.delete(id);
    return replicas.filter(({ id, beat }) => {
      const known = since.get(id);
      const isSilent = !wasAway && known?.beat === beat;
      if (!isSilent) since.set(id, { beat, ms: nowMs });
      return isSilent && nowMs - known.ms > limits.silentAfterMs;
    });
  };
}
