import { readProc } from './proc.ts';

const RECEIVED_BYTES = 0;
const SENT_BYTES = 8;

export interface NetworkTraffic {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** readTraffic is what went over all interfaces but loopback since they are there; undefined where the system does not tell. */
export function readTraffic(): NetworkTraffic | undefined {
  const text = process.platform === 'linux' ? readProc('/proc/net/dev') : undefined;
  return text === undefined ? undefined : parseTraffic(text);
}

export function parseTraffic(text: string): NetworkTraffic {
  const interfaces = text.split('\n').flatMap((line) => {
    const [, name, counters] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    return name === undefined || name === 'lo' ? [] : [(counters ?? '').split(/\s+/).map(Number)];
  });
  const sum = (column: number) => interfaces.reduce((all, one) => all + (one[column] ?? 0), 0);
  return { receivedBytes: sum(RECEIVED_BYTES), sentBytes: sum(SENT_BYTES) };
}
