// What every screen has to keep, and on what it is shown.
import { AxeBuilder } from '@axe-core/playwright';
import { check } from './browser.mjs';

export const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
export const DESKTOP = { viewport: { width: 1280, height: 800 } };

/** axe finds nothing, and nothing is wider than the window, with letters of twice the size too. */
export async function whole(page, where) {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  const said = violations.map(({ id, nodes }) => `\n     ${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`);
  check(!violations.length, `${where}: axe finds nothing${said.join('')}`);
  // With letters of twice the size too.
  for (const size of ['', '200%']) {
    const width = await page.evaluate((size) => {
      document.documentElement.style.fontSize = size;
      return document.documentElement.scrollWidth - window.innerWidth;
    }, size);
    check(width <= 0, `${where}: nothing is wider than the window ${size} (${width})`);
  }
  await page.evaluate(() => { document.documentElement.style.fontSize = ''; });
}

/** Waits for the screen with this heading. */
export const title = (page, text) => page.locator('h1', { hasText: text }).waitFor();
