import type { Duplex } from 'node:stream';
import * as z from 'zod';
import { APP_ORIGIN, openAppGateway, PASS_HEADER } from './app-gateway.ts';
import { Browser } from './devtools.ts';
import { PageWatch } from './page-watch.ts';

const LOAD_TIMEOUT_MS = 20_000;
/** Longest wait for a page that goes on asking after it was loaded. */
const QUIET_TIMEOUT_MS = 3_000;
const VIEW = { width: 1280, height: 800, deviceScaleFactor: 1, mobile: false };
const JPEG_QUALITY = 70;
const MAX_TITLE_CHARACTERS = 200;

const TargetSchema = z.object({ targetId: z.string() });
const SessionSchema = z.object({ sessionId: z.string() });
const NavigationSchema = z.looseObject({ errorText: z.string().optional() });
const PictureSchema = z.object({ data: z.base64() });
const ValueSchema = z.object({ result: z.looseObject({ value: z.string() }) });
const LifecycleSchema = z.looseObject({ name: z.string() });

export interface PageReport {
  readonly title: string;
  /** JPEG of what a visitor sees first. */
  readonly picture: Buffer;
  /** Errors of the page's console. */
  readonly problems: readonly string[];
  /** The page wanted something of other sites, which is not loaded here: its errors prove nothing. */
  readonly isPartial: boolean;
}

export interface Inspection {
  readonly executable: string;
  readonly path: string;
  connect(): Promise<Duplex>;
  readonly signal: AbortSignal;
}

type Send = (method: string, params?: object) => Promise<unknown>;

/** inspectPage opens a page of an app in a real browser, and always closes it again. */
export async function inspectPage(inspection: Inspection): Promise<PageReport> {
  const { executable, connect, signal } = inspection;
  // It may have waited for its turn until nobody wants to know any more.
  signal.throwIfAborted();
  const gateway = await openAppGateway(connect);
  try {
    const browser = await Browser.start({ executable, proxyPort: gateway.port });
    const stop = () => void browser.close();
    signal.addEventListener('abort', stop, { once: true });
    const timer = setTimeout(stop, LOAD_TIMEOUT_MS + QUIET_TIMEOUT_MS);
    try {
      return await look(browser, { path: inspection.path, pass: gateway.pass });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      await browser.close();
    }
  } finally {
    await gateway.close();
  }
}

async function look(
  browser: Browser,
  { path, pass }: { readonly path: string; readonly pass: string },
): Promise<PageReport> {
  const watch = new PageWatch();
  const quiet = untilQuiet(browser);
  browser.onEvent((event) => watch.see(event));
  const send = await openTab(browser);
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`);
  await send('Page.setLifecycleEventsEnabled', { enabled: true });
  await send('Emulation.setDeviceMetricsOverride', VIEW);
  await send('Network.setExtraHTTPHeaders', { headers: { [PASS_HEADER]: pass } });
  const opened = NavigationSchema.parse(await send('Page.navigate', { url: APP_ORIGIN + path }));
  if (opened.errorText !== undefined) throw new Error(opened.errorText);
  const gone = await Promise.race([quiet, browser.gone]);
  if (gone) throw gone;
  const { data } = PictureSchema.parse(
    await send('Page.captureScreenshot', { format: 'jpeg', quality: JPEG_QUALITY }),
  );
  const title = ValueSchema.parse(
    await send('Runtime.evaluate', { expression: 'String(document.title)', returnByValue: true }),
  ).result.value;
  return {
    title: title.slice(0, MAX_TITLE_CHARACTERS),
    picture: Buffer.from(data, 'base64'),
    problems: watch.problems,
    isPartial: watch.isPartial,
  };
}

async function openTab(browser: Browser): Promise<Send> {
  const { targetId } = TargetSchema.parse(
    await browser.send('Target.createTarget', { url: 'about:blank' }),
  );
  const { sessionId } = SessionSchema.parse(
    await browser.send('Target.attachToTarget', { targetId, flatten: true }),
  );
  return (method, params) => browser.send(method, params, sessionId);
}

/** Loaded, and then either nothing more was asked for or patience ended. */
function untilQuiet(browser: Browser): Promise<void> {
  return new Promise((resolve) => {
    let isNavigated = false;
    let timer: NodeJS.Timeout | undefined;
    browser.onEvent(({ method, params }) => {
      if (method === 'Page.frameNavigated') isNavigated = true;
      if (!isNavigated) return;
      if (method === 'Page.loadEventFired') timer ??= setTimeout(resolve, QUIET_TIMEOUT_MS);
      if (method !== 'Page.lifecycleEvent') return;
      if (LifecycleSchema.parse(params).name !== 'networkIdle') return;
      clearTimeout(timer);
      resolve();
    });
  });
}
