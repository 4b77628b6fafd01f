import { randomUUID } from 'node:crypto';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { tokenRoutes } from '@spt-flow/shared/api/tokens';
import { createApiClient, type ApiClient } from '@spt-flow/shared/api/client';
import type { Product } from './product.ts';

export const ADMIN = { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' };

export interface Admin {
  readonly token: string;
  readonly api: ApiClient;
}

/** createAdmin uses up the setup link without a browser and makes an API token. */
export async function createAdmin(product: Product): Promise<Admin> {
  const setupToken = product.link.pathname.split('/').at(-1) ?? '';
  let cookie = '';
  const session = createApiClient({
    baseUrl: product.origin,
    newCorrelationId: randomUUID,
    headers: () => ({ origin: product.origin, ...(cookie && { cookie }) }),
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      cookie =
        response.headers
          .getSetCookie()
          .map((text) => text.split(';')[0])
          .join('; ') || cookie;
      return response;
    },
  });
  await session.call(authRoutes.setup, { body: { token: setupToken, ...ADMIN } });
  const { token } = await session.call(tokenRoutes.createToken, {
    body: { name: 'journey', scope: 'admin' },
  });
  return { token, api: apiOf(product.origin, token) };
}

/** apiOf asks a product on behalf of whom the token stands for. */
export function apiOf(origin: string, token: string): ApiClient {
  return createApiClient({
    baseUrl: origin,
    fetch,
    newCorrelationId: randomUUID,
    headers: () => ({ authorization: `Bearer ${token}` }),
  });
}
