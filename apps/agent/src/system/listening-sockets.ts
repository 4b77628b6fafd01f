import { closeSync, openSync, readSync } from 'node:fs';
import { systemCode } from './errors.ts';

/** ListeningSocket is one that accepts TCP connections from loopback. */
export interface ListeningSocket {
  /** As it was bound: an address of loopback, or a wildcard (`0.0.0.0`, `::`). */
  readonly address: string;
  readonly port: number;
  /** Names the socket on this machine; its owner holds it open under this number. */
  readonly inode: number;
}

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const LISTENING = '0A';
const CHUNK_BYTES = 16 * 1024;
const IPV6_ADDRESSES: Readonly<Record<string, string>> = {
  '00000000000000000000000000000000': '::',
  '00000000000000000000000001000000': '::1',
};
const MAPPED_IPV4 = '0000000000000000FFFF0000';

/** createListeningSockets returns the reader of what listens in this network namespace, whoever it belongs to. */
export function createListeningSockets(): () => ListeningSocket[] {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  return () => TABLES.flatMap((path) => parseTable(readListeners(path, buffer)));
}

/** The kernel writes listeners first: a busy machine's thousands of connections after them are never read. */
function readListeners(path: string, buffer: Buffer): string {
  const file = openTable(path);
  if (file === undefined) return '';
  try {
    let text = '';
    for (;;) {
      const count = readSync(file, buffer);
      text += buffer.toString('latin1', 0, count);
      if (count === 0 || hasOthers(text)) return text;
    }
  } finally {
    closeSync(file);
  }
}

/** Without IPv6 there is no table for it. */
function openTable(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function hasOthers(text: string): boolean {
  const last = text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1) ?? '';
  const state = last.trim().split(/\s+/)[3];
  return state !== undefined && state !== 'st' && state !== LISTENING;
}

/** parseTable reads lines of /proc/net/tcp and tcp6, and keeps what can be reached by loopback. */
export function parseTable(text: string): ListeningSocket[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [, local = '', , state] = fields;
    const inode = Number(fields[9]);
    const [hex = '', port = ''] = local.split(':');
    const address = readAddress(hex);
    if (state !== LISTENING || address === undefined || !(inode > 0)) return [];
    return [{ address, port: Number.parseInt(port, 16), inode }];
  });
}

/** Each group of four bytes is written in the order of the processor, which is little-endian wherever the agent runs. */
function readAddress(hex: string): string | undefined {
  if (hex.length === 8) return readIpv4(hex);
  return hex.startsWith(MAPPED_IPV4) ? readIpv4(hex.slice(-8)) : IPV6_ADDRESSES[hex];
}

function readIpv4(hex: string): string | undefined {
  const bytes = Buffer.from(hex, 'hex').reverse();
  const isLoopback = bytes[0] === 127 || bytes.readUInt32BE() === 0;
  return isLoopback ? bytes.join('.') : undefined;
}
