import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { AgentConfigError } from '@spt-flow/config/agent';
import { JoinStringError } from '@spt-flow/config/join-string';
import type { DialTarget } from '@spt-flow/tunnel/websocket/byte-socket';
import { TunnelError } from '@spt-flow/tunnel/types';
import { hostOf, targetOf, withinTime, type Link } from '../connection/link.ts';
import { messageOf, systemCode } from '../system/errors.ts';
import { connectionTrouble, tlsTrouble } from './dial-trouble.ts';
import { linkOf, openSubject, type Examined } from './examined.ts';
import { Trouble, type Finding, type Step } from './step.ts';

const TIMEOUT_MS = 10_000;
const SETTINGS_REMEDY = 'Correct it in the options, in the environment or in the settings file';

/** From the settings to a connection that can be trusted. */
export function networkSteps(examined: Examined): Step[] {
  return [
    { name: 'settings', needs: [], run: () => checkSettings(examined) },
    { name: 'dns', needs: ['settings'], run: () => resolve(linkOf(examined)) },
    { name: 'proxy', needs: ['dns'], run: () => askProxy(linkOf(examined)) },
    { name: 'connection', needs: ['dns', 'proxy'], run: () => connect(linkOf(examined)) },
    { name: 'tls', needs: ['connection'], run: () => checkCertificate(linkOf(examined)) },
  ];
}

async function checkSettings(examined: Examined): Promise<Finding> {
  try {
    const { url, proxy, ca } = await openSubject(examined);
    const way = proxy ? ` through the proxy ${proxy.host}` : '';
    const trust = ca === undefined ? '' : ', trusting an authority of your own';
    return { detail: `${url.origin}${way}${trust}` };
  } catch (error) {
    const isKnown = error instanceof AgentConfigError || error instanceof JoinStringError;
    if (!isKnown) throw error;
    throw new Trouble(error.message, SETTINGS_REMEDY, { cause: error });
  }
}

async function resolve({ url, proxy }: Link): Promise<Finding> {
  const host = hostOf(proxy ?? url);
  const suffix = proxy ? '; the proxy resolves the control plane' : '';
  if (isIP(host)) return { detail: `${host} is an address${suffix}` };
  try {
    const addresses = (await lookup(host, { all: true })).map(({ address }) => address);
    return { detail: `${host} is ${addresses.join(', ')}${suffix}` };
  } catch (error) {
    const isUnknown = systemCode(error) === 'ENOTFOUND';
    const remedy = isUnknown
      ? `Check the spelling of ${host}, and that its name is known in this network: \`getent hosts ${host}\``
      : "This machine's resolver does not answer: check /etc/resolv.conf and the way to its servers";
    throw new Trouble(`${host} has no address: ${messageOf(error)}`, remedy, { cause: error });
  }
}

async function askProxy(link: Link): Promise<Finding> {
  const { proxy } = link;
  if (!proxy) return { detail: 'no proxy is used', isSkipped: true };
  const target = targetOf(link);
  const place = `${target.host}:${target.port}`;
  try {
    await dialOnce(link, { ...target, tls: undefined });
    return { detail: `${proxy.host} connects to ${place}` };
  } catch (error) {
    const status = error instanceof TunnelError && /^proxy_(\d+)$/.exec(error.code)?.[1];
    if (!status) throw connectionTrouble(error, `the proxy ${proxy.host}`);
    const remedy =
      status === '407'
        ? 'Give the name and the password that the proxy wants in HTTPS_PROXY: http://name:password@host:port'
        : `Have the proxy allow CONNECT to ${place} for this machine, or name the host in NO_PROXY if there is a direct way`;
    throw new Trouble(`The proxy refuses (${status}) to connect to ${place}`, remedy);
  }
}

async function connect(link: Link): Promise<Finding> {
  if (link.proxy) return { detail: 'the proxy has connected', isSkipped: true };
  const target = targetOf(link);
  const place = `${target.host}:${target.port}`;
  try {
    await dialOnce(link, { ...target, tls: undefined });
    return { detail: `${place} is open` };
  } catch (error) {
    throw connectionTrouble(error, place);
  }
}

async function checkCertificate(link: Link): Promise<Finding> {
  const target = targetOf(link);
  if (!target.tls) return { detail: 'plain http stays on this machine', isSkipped: true };
  try {
    await dialOnce(link, target);
    return { detail: `the certificate for ${target.host} is trusted` };
  } catch (error) {
    throw tlsTrouble(error);
  }
}

async function dialOnce({ dial }: Link, target: Omit<DialTarget, 'signal'>): Promise<void> {
  const nothing = { onBytes: () => undefined, onClose: () => undefined };
  const socket = await withinTime(TIMEOUT_MS, (signal) => dial({ ...target, signal }, nothing));
  socket.destroy();
}
