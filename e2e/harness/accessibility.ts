import axe from 'axe-core';
import type { Locator, Page } from 'playwright-core';

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

/** contrastOf measures an element's words against its ground as they are drawn; axe leaves out what filters do. */
export async function contrastOf(element: Locator): Promise<number> {
  return element.evaluate(async (node) => {
    await Promise.all(node.getAnimations().map(({ finished }) => finished));
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    if (!canvas) throw new Error('There is no canvas');
    const { color, backgroundColor, filter } = getComputedStyle(node);
    const luminances = [color, backgroundColor].map((drawn) => {
      canvas.filter = 'none';
      canvas.fillStyle = getComputedStyle(document.body).backgroundColor;
      canvas.fillRect(0, 0, 9, 9);
      canvas.filter = filter;
      canvas.fillStyle = drawn;
      canvas.fillRect(0, 0, 9, 9);
      const linear = [...canvas.getImageData(4, 4, 1, 1).data].map((byte) => {
        const share = byte / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      const [red = 0, green = 0, blue = 0] = linear;
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    });
    return (Math.max(...luminances) + 0.05) / (Math.min(...luminances) + 0.05);
  });
}
