import { AppError } from '@spt-flow/shared/domain/errors';
import type { Providers } from './providers.ts';

/** measureDisks asks what runs workspaces how much of its disk each of them takes; what does not answer is left out. */
export async function measureDisks({
  providers,
  onError,
}: {
  readonly providers: Pick<Providers, 'all'>;
  readonly onError: (error: unknown, provider: string) => void;
}): Promise<Map<string, number>> {
  const used = new Map<string, number>();
  for (const [name, provider] of providers.all()) {
    try {
      for (const [id, bytes] of (await provider.diskUse?.()) ?? []) used.set(id, bytes);
    } catch (error) {
      const isAway = error instanceof AppError && error.code === 'engine_unavailable';
      if (!isAway) onError(error, name);
    }
  }
  return used;
}
