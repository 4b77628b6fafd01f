import { InvalidArgumentError } from 'commander';

/** LocalForward makes a port of this machine lead to a port of the workspace. */
export interface LocalForward {
  /** Undefined: both addresses of localhost. */
  readonly bind: string | undefined;
  /** 0: a free one. */
  readonly localPort: number;
  readonly port: number;
}

/** RemoteForward makes a port of the workspace lead to a place that this machine reaches. */
export interface RemoteForward {
  /** 0: a free one. */
  readonly remotePort: number;
  readonly host: string;
  readonly port: number;
}

const MAX_PORT = 65_535;
/** With brackets where an address has colons of its own. */
const HOST = '\\[([0-9A-Fa-f:.]+)\\]|([^:\\[\\]]+)';
const LOCAL = new RegExp(`^(?:(?:(?:${HOST}):)?(\\d+):)?(\\d+)$`);
const REMOTE = new RegExp(`^(\\d+):(?:${HOST}):(\\d+)$`);

/** readLocals adds what one use of the option says; several are separated by commas. */
export function readLocals(text: string, before: readonly LocalForward[] = []): LocalForward[] {
  return [...before, ...text.split(',').map(readLocal)];
}

export function readRemotes(text: string, before: readonly RemoteForward[] = []): RemoteForward[] {
  return [...before, ...text.split(',').map(readRemote)];
}

function readLocal(text: string): LocalForward {
  const match = LOCAL.exec(text.trim());
  if (!match) throw new InvalidArgumentError(`'${text}' is not [bind:]localPort:port`);
  const [, address, name, local, port = ''] = match;
  return {
    bind: address ?? name,
    localPort: readPort(local ?? port, 0),
    port: readPort(port, 1),
  };
}

function readRemote(text: string): RemoteForward {
  const match = REMOTE.exec(text.trim());
  if (!match) throw new InvalidArgumentError(`'${text}' is not remotePort:host:port`);
  const [, remote = '', address, name, port = ''] = match;
  return {
    remotePort: readPort(remote, 0),
    host: address ?? name ?? '',
    port: readPort(port, 1),
  };
}

function readPort(digits: string, least: number): number {
  const port = Number(digits);
  if (port >= least && port <= MAX_PORT) return port;
  throw new InvalidArgumentError(`A port is a number from ${least} to ${MAX_PORT}`);
}

/** formatAddress writes `host:port`, with brackets around addresses with colons. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
