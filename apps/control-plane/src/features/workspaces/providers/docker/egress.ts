import { AppError } from '@spt-flow/shared/domain/errors';
import { startEgressProxy } from './egress-proxy.ts';
import { wordsOf } from './engine.ts';
import type { Network } from './networks.ts';
import type { ResolveHost } from './public-address.ts';

const NOT_BY_PROXY = 'localhost,127.0.0.1,::1';

/** Egress is what a container must know to get out, as far as it may. */
export interface Egress {
  readonly environment: Readonly<Record<string, string>>;
  /** Without a way out, names can't be looked up: questions to strangers' name servers carry data too. */
  readonly resolvesNames: boolean;
  close(): Promise<void>;
}

/** openEgress starts the proxy of a workspace that may reach only these hosts; null: any, without a proxy. */
export async function openEgress(
  hosts: readonly string[] | null,
  { gateway }: Network,
  resolve: ResolveHost,
): Promise<Egress> {
  if (hosts === null) return { environment: {}, resolvesNames: true, close: async () => undefined };
  try {
    if (gateway === undefined) throw new Error('its network has no address of this machine');
    const proxy = await startEgressProxy({ address: gateway, hosts, resolve });
    return {
      environment: proxyVariables(proxy.url),
      resolvesNames: false,
      close: () => proxy.close(),
    };
  } catch (error) {
    throw new AppError(
      'workspace_start_failed',
      `The workspace may not start, because its egress list can't be kept (${wordsOf(error)})`,
      { cause: error },
    );
  }
}

function proxyVariables(url: string): Record<string, string> {
  return {
    ...{ HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: NOT_BY_PROXY },
    ...{ http_proxy: url, https_proxy: url, no_proxy: NOT_BY_PROXY },
  };
}
