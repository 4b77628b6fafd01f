import { createVaultHttp } from './vault-http.ts';
import { createVaultKv } from './vault-kv.ts';
import { createVaultSession } from './vault-session.ts';
import type { VaultSettings } from './vault-settings.ts';
import { createVaultSources, type VaultSources } from './vault-sources.ts';
import { createVaultStore } from './vault-store.ts';

export interface OpenVaultDeps {
  readonly settings: VaultSettings;
  readonly onChanged: () => void;
  readonly onError: (error: unknown, path: string) => void;
}

/** openVault is the store in Vault or OpenBao, and what Vault gives to everybody. Nothing is asked before the first use. */
export function openVault({ settings, onChanged, onError }: OpenVaultDeps) {
  const late: { sources?: VaultSources } = {};
  const session = createVaultSession({
    http: createVaultHttp(settings),
    login: settings.login,
    nowMs: Date.now,
    random: Math.random,
    onReplaced: () => late.sources?.renewAll(),
  });
  const sources = createVaultSources({
    ...{ session, onChanged, onError, sources: settings.shared, random: Math.random },
  });
  late.sources = sources;
  return {
    ask: session.call,
    store: createVaultStore({
      kv: createVaultKv(session, settings.mount),
      ...{ session, path: settings.path, nowMs: Date.now },
    }),
    sources,
    /** Says at the start what is wrong, rather than when somebody needs a secret. */
    async start() {
      sources.start();
      const path = 'auth/token/lookup-self';
      await session.call({ method: 'GET', path }).catch((error: unknown) => onError(error, path));
    },
    async close() {
      await sources.close();
      await session.close();
    },
  };
}
