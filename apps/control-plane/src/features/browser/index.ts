import type { Duplex } from 'node:stream';
import { createExclusive } from '../../lib/exclusive.ts';
import { findBrowser, type BrowserPlaces } from './find-browser.ts';
import { inspectPage, type PageReport } from './inspect-page.ts';

export type { PageReport } from './inspect-page.ts';

export interface InspectedPage {
  readonly path: string;
  /** Raw bytes to the app. */
  connect(): Promise<Duplex>;
  readonly signal: AbortSignal;
}

export interface PageInspector {
  /** Undefined when no browser is installed. */
  inspect(page: InspectedPage): Promise<PageReport | undefined>;
}

/** createPageInspector looks at pages one after the other: a browser is a large program. */
export function createPageInspector(places: BrowserPlaces): PageInspector {
  const exclusive = createExclusive();
  let found: Promise<string | undefined> | undefined;
  return {
    async inspect(page) {
      found ??= findBrowser(places);
      const executable = await found;
      if (executable === undefined) return undefined;
      return exclusive.run('browser', () => inspectPage({ ...page, executable }));
    },
  };
}
