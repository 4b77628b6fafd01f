import axe from 'axe-core';
import type { Page } from 'playwright-core';

declare global {
  interface Window {
    axe: typeof axe;
  }
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** accessibilityProblems lists what axe finds in the page, without what frames of other origins hold. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // A script element would be refused by the page's own content security policy.
  await page.evaluate(axe.source);
  const results = await page.evaluate(
    (values) => window.axe.run(document, { iframes: false, runOnly: { type: 'tag', values } }),
    RULES,
  );
  return results.violations.map(({ id, help, nodes }) => {
    const places = nodes.map((node) => node.target.join(' ')).join(', ');
    return `${id}: ${help} (${places})`;
  });
}
