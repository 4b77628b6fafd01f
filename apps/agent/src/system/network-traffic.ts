const RECEIVED_BYTES = 0;
const SENT_BYTES = 8;

/** NetworkTraffic is what went over all interfaces but loopback since they are there. */
export interface NetworkTraffic {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** parseTraffic reads Linux's /proc/net/dev. */
export function parseTraffic(text: string): NetworkTraffic {
  const interfaces = text.split('\n').flatMap((line) => {
    const [, name, counters] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    return name === undefined || name === 'lo' ? [] : [(counters ?? '').split(/\s+/).map(Number)];
  });
  const sum = (column: number) => interfaces.reduce((all, one) => all + (one[column] ?? 0), 0);
  return { receivedBytes: sum(RECEIVED_BYTES), sentBytes: sum(SENT_BYTES) };
}
