import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AgentConfigError, type ControlPlaneLink } from '@spt-flow/config/agent';
import type { DialSocket, DialTarget } from '@spt-flow/tunnel/websocket/byte-socket';
import { TunnelError } from '@spt-flow/tunnel/types';
import { messageOf } from '../system/errors.ts';

/** Link is the way to a control plane, ready to be dialled. */
export interface Link {
  readonly dial: DialSocket;
  readonly url: URL;
  readonly proxy: URL | undefined;
  /** PEM certificates to trust instead of the built-in ones. */
  readonly ca: string | undefined;
}

/** Throws AgentConfigError when the authority's file cannot be used. */
export async function openLink(settings: ControlPlaneLink, dial: DialSocket): Promise<Link> {
  const { controlPlaneUrl, proxy, caFile } = settings;
  const ca = caFile === undefined ? undefined : await readAuthority(caFile);
  return { dial, url: new URL(controlPlaneUrl), proxy, ca };
}

export function targetOf({ url, proxy, ca }: Link): Omit<DialTarget, 'signal'> {
  const isTls = url.protocol === 'https:';
  return {
    host: hostOf(url),
    port: Number(url.port) || (isTls ? 443 : 80),
    tls: isTls ? { ca } : undefined,
    proxy,
  };
}

/** Gives an attempt so long; then its signal ends it with TunnelError `connect_timeout`. */
export async function withinTime<T>(
  timeoutMs: number,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const expire = () => limit.abort(new TunnelError('connect_timeout', 'No answer in time'));
  const timer = setTimeout(expire, timeoutMs);
  try {
    return await attempt(limit.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** A name or an address, IPv6 without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** Dialling would take a file that holds no certificate for an empty list, and trust nobody. */
async function readAuthority(path: string): Promise<string> {
  try {
    const pem = await readFile(path, 'utf8');
    new X509Certificate(pem);
    return pem;
  } catch (cause) {
    throw new AgentConfigError(`'${path}' is no PEM certificate: ${messageOf(cause)}`, { cause });
  }
}
