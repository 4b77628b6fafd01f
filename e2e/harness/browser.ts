import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/lib/chromium.mjs';

const E2E = path.resolve('e2e');
const SIZES = {
  desktop: { width: 1440, height: 900 },
  tablet: { width: 820, height: 1180 },
  phone: { width: 390, height: 844 },
};

export interface VisitOptions {
  readonly size?: keyof typeof SIZES;
  readonly colorScheme?: 'light' | 'dark';
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page itself complained about. */
  readonly problems: readonly string[];
}

export function browserProgram(): string {
  const program = findChromium();
  if (!program) throw new Error('Chromium is missing: run npm run bootstrap, or set CHROMIUM_PATH');
  return program;
}

/** openBrowser runs the system's Chromium; root has to do without Chromium's own sandbox. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserProgram(),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}

/** visit opens a page of its own, with its own cookies. */
export async function visit(browser: Browser, options: VisitOptions = {}): Promise<Visit> {
  const size = options.size ?? 'desktop';
  const isTouched = size !== 'desktop';
  const context = await browser.newContext({
    viewport: SIZES[size],
    hasTouch: isTouched,
    isMobile: isTouched,
    colorScheme: options.colorScheme ?? 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  return { page, context, problems };
}

/** picture writes what the page shows when screenshots are asked for. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!process.env['E2E_SCREENSHOTS']) return;
  const scheme = await page.evaluate(() =>
    matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
  );
  const width = page.viewportSize()?.width ?? 0;
  await page.screenshot({ path: path.join(E2E, 'screenshots', `${name}-${width}-${scheme}.png`) });
}

/** keepEvidence writes what a failed journey saw last. */
export async function keepEvidence(page: Page, name: string, output: string): Promise<void> {
  const folder = path.join(E2E, 'results');
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
  await writeFile(path.join(folder, `${name}.html`), await page.content());
  await writeFile(path.join(folder, `${name}.log`), output);
}
