import type { Labels } from '../labels.ts';
import { listOwn } from './containers/containers.ts';
import { removeContainer, type Engine } from './engine/engine.ts';

/** Leftovers are containers that a killed control plane left in an engine. */
export interface Leftovers {
  /** Removes them now, or, where the engine does not answer, before anything is started there. */
  remove(spared: ReadonlySet<string>): Promise<number>;
  /** Resolves once none is left. Those who start meanwhile wait for the same removal: none of theirs is a leftover. */
  removeDue(): Promise<void>;
}

export function createLeftovers(
  engine: Engine,
  { labels, onRemoved }: { readonly labels: Labels; readonly onRemoved: () => Promise<void> },
): Leftovers {
  let spared: ReadonlySet<string> = new Set();
  let isDue = false;
  let removing: Promise<number> | undefined;

  async function removeAll(): Promise<number> {
    const found = await listOwn(engine.api, labels, spared);
    for (const container of found) await removeContainer(container);
    await onRemoved();
    isDue = false;
    return found.length;
  }

  function removeOnce(): Promise<number> {
    removing ??= removeAll().finally(() => {
      removing = undefined;
    });
    return removing;
  }

  return {
    async remove(others) {
      spared = new Set(others);
      try {
        return await removeOnce();
      } catch (error) {
        isDue = true;
        throw error;
      }
    },

    async removeDue() {
      if (isDue) await removeOnce();
    },
  };
}
