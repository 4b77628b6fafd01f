import type { PROVIDERS } from '@spt-flow/shared/api/workspaces';

export type ProviderName = (typeof PROVIDERS)[number];

/** Placed says where a workspace runs. */
export interface Placed {
  readonly provider: ProviderName;
  /** The server in whose engine it runs; absent or null: in none of another machine. */
  readonly hostId?: string | null | undefined;
}

/** placeName tells places apart, those on servers among them. */
export function placeName({ provider, hostId }: Placed): string {
  return hostId ? `${provider}:${hostId}` : provider;
}
