import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Listener } from './platform-parts.ts';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * readListeners lists what accepts connections from loopback. `lsof` tells whose a socket is, for this user's; the rest
 * of what `netstat` shows, which is everybody's, is a stranger's.
 */
export async function readListeners(): Promise<Listener[]> {
  const [owned, all] = await Promise.all([
    output('/usr/sbin/lsof', ['-nP', '-iTCP', '-sTCP:LISTEN', '-Fptn']),
    output('/usr/sbin/netstat', ['-an', '-p', 'tcp']),
  ]);
  return withStrangers(parseLsof(owned), parseNetstat(all));
}

/** lsof fails when it finds nothing, which is an answer too. */
async function output(file: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(file, args, { maxBuffer: MAX_OUTPUT_BYTES })).stdout;
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && error.stdout === '') return '';
    throw error;
  }
}

/** parseLsof reads lines that begin with what they tell: process, descriptor, type and name of a socket. */
export function parseLsof(text: string): Listener[] {
  const listeners: Listener[] = [];
  let pid: number | undefined;
  let isIpv6 = false;
  for (const line of text.split('\n')) {
    const value = line.slice(1);
    if (line.startsWith('p')) pid = Number(value);
    if (line.startsWith('t')) isIpv6 = value === 'IPv6';
    if (!line.startsWith('n')) continue;
    const [, host = '', port] = /^(.*):(\d+)$/.exec(value) ?? [];
    const address = addressOf(host.replace(/^\[(.*)\]$/, '$1'), isIpv6);
    if (port !== undefined && address !== undefined)
      listeners.push({ address, port: Number(port), pid });
  }
  return listeners;
}

/** parseNetstat reads lines like `tcp4  0  0  127.0.0.1.3000  *.*  LISTEN`. */
export function parseNetstat(text: string): Listener[] {
  return text.split('\n').flatMap((line) => {
    const [protocol = '', , , local = '', , state] = line.trim().split(/\s+/);
    const [, host = '', port] = /^(.*)\.(\d+)$/.exec(local) ?? [];
    if (!protocol.startsWith('tcp') || state !== 'LISTEN') return [];
    const address = addressOf(host, protocol !== 'tcp4');
    if (port === undefined || address === undefined) return [];
    return [{ address, port: Number(port), pid: undefined }];
  });
}

/** Undefined: it cannot be reached by loopback. */
function addressOf(host: string, isIpv6: boolean): string | undefined {
  if (host === '*') return isIpv6 ? '::' : '0.0.0.0';
  if (host === '::1') return host;
  const ipv4 = host.replace(/^::ffff:/i, '');
  return /^127(\.\d{1,3}){3}$/.test(ipv4) ? ipv4 : undefined;
}

/** Several sockets may be bound alike. */
export function withStrangers(owned: readonly Listener[], all: readonly Listener[]): Listener[] {
  const keyOf = ({ address, port }: Listener) => `${address} ${port}`;
  const unmatched = owned.map(keyOf);
  const strangers = all.filter((listener) => {
    const at = unmatched.indexOf(keyOf(listener));
    if (at >= 0) unmatched.splice(at, 1);
    return at < 0;
  });
  return [...owned, ...strangers];
}
