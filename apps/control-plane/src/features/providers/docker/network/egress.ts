import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { AppError } from '@spt-flow/shared/domain/errors';
import { startEgressProxy, type EgressProxy } from './egress-proxy.ts';
import { wordsOf } from '../engine/engine.ts';
import type { Network } from './networks.ts';
import type { ResolveHost } from './public-address.ts';

const NOT_BY_PROXY = 'localhost,127.0.0.1,::1';

/** Egress is what a container must know to get out, as far as it may. */
export interface Egress {
  readonly environment: Readonly<Record<string, string>>;
  /** Without a way out, names can't be looked up: questions to strangers' name servers carry data too. */
  readonly resolvesNames: boolean;
  /** Once the container runs: opens what could not be opened before. */
  complete(): Promise<void>;
  close(): Promise<void>;
}

const OPEN: Egress = {
  environment: {},
  resolvesNames: true,
  complete: async () => undefined,
  close: async () => undefined,
};

/** openEgress starts the proxy of a workspace that may reach only these hosts; null: any, without a proxy. */
export async function openEgress(
  hosts: readonly string[] | null,
  { gateway, subnet }: Network,
  resolve: ResolveHost,
): Promise<Egress> {
  if (hosts === null) return OPEN;
  if (gateway === undefined || subnet === undefined)
    throw unkept(new Error('its network has no address of this machine'));
  const listen = (port?: number) =>
    startEgressProxy({ address: gateway, port, clients: subnet, hosts, resolve });
  let proxy: EgressProxy | undefined;
  try {
    proxy = await listen();
  } catch (error) {
    if (!isNotYetThere(error)) throw unkept(error);
  }
  const port = proxy?.port ?? (await freePort());
  return {
    environment: proxyVariables(`http://${gateway}:${port}`),
    resolvesNames: false,
    async complete() {
      try {
        proxy ??= await listen(port);
      } catch (error) {
        throw unkept(error);
      }
    },
    close: async () => proxy?.close(),
  };
}

/** Podman gives this machine its address in a network with the first container in it. */
function isNotYetThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRNOTAVAIL';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function unkept(cause: unknown): AppError {
  return new AppError(
    'workspace_start_failed',
    `The workspace may not start, because its egress list can't be kept (${wordsOf(cause)})`,
    { cause },
  );
}

function proxyVariables(url: string): Record<string, string> {
  return {
    ...{ HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: NOT_BY_PROXY },
    ...{ http_proxy: url, https_proxy: url, no_proxy: NOT_BY_PROXY },
  };
}
