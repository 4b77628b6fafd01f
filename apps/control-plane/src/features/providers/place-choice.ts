import type { Place } from '@spt-flow/shared/api/workspace-preview';
import { AppError } from '@spt-flow/shared/domain/errors';
import { CHOOSABLE_PLACES, type ChoosablePlace } from '@spt-flow/shared/domain/places';
import type { ProviderName } from './place-name.ts';
import type { Providers } from './providers.ts';

/** What decides where a workspace runs. */
export interface Choosing {
  /** What a person says; undefined: nothing. */
  readonly wanted: ChoosablePlace | undefined;
  /** What the template says; null: nothing, or there is none. */
  readonly byTemplate: ProviderName | null;
}

interface Hindrance {
  readonly message: string;
  readonly remedy: string;
}

export interface PlaceChoice {
  /** Where people may have their workspaces now, the default first. */
  offered(): Promise<Place[]>;
  /** Why it can't run as it is wanted; undefined: it can. */
  hindrance(choosing: Choosing): Promise<Hindrance | undefined>;
  /** Where it comes to run; undefined: nobody says. AppError `validation_failed` where there is a hindrance. */
  choose(choosing: Choosing): Promise<ProviderName | undefined>;
}

/** createPlaceChoice lets people choose among what an operator set up. */
export function createPlaceChoice(deps: {
  readonly providers: Pick<Providers, 'byName'>;
  readonly defaultProvider: ProviderName;
}): PlaceChoice {
  const { providers, defaultProvider } = deps;

  /** The machine of spt-flow itself keeps its workspaces in less than the others, so only an operator chooses it. */
  async function isOffered(name: ChoosablePlace): Promise<boolean> {
    if (name === defaultProvider) return true;
    const provider = providers.byName.get(name);
    if (name === 'local' || !provider) return false;
    return (await provider.answers?.()) ?? true;
  }

  async function offered(): Promise<Place[]> {
    const are = await Promise.all(CHOOSABLE_PLACES.map(isOffered));
    return CHOOSABLE_PLACES.filter((_name, index) => are[index])
      .map((provider) => ({
        provider,
        server: null,
        isDefault: provider === defaultProvider,
        lacks: [...(providers.byName.get(provider)?.lacks ?? [])],
      }))
      .sort((one, other) => Number(other.isDefault) - Number(one.isDefault));
  }

  async function hindrance({ wanted, byTemplate }: Choosing): Promise<Hindrance | undefined> {
    if (wanted === undefined || wanted === byTemplate) return undefined;
    if (byTemplate !== null)
      return {
        message: `The template runs on "${byTemplate}"`,
        remedy: 'leave the provider out, or choose another template',
      };
    if (await isOffered(wanted)) return undefined;
    const names = (await offered()).map(({ provider }) => `"${provider}"`);
    return {
      message: `The provider "${wanted}" can't be chosen here now`,
      remedy: `choose ${names.join(' or ')}`,
    };
  }

  return {
    ...{ offered, hindrance },

    async choose(choosing) {
      const found = await hindrance(choosing);
      if (found) throw new AppError('validation_failed', `${found.message}: ${found.remedy}`);
      return choosing.wanted ?? choosing.byTemplate ?? undefined;
    },
  };
}
