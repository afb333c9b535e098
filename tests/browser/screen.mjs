// What every screen has to keep, and on what it is shown.
import { AxeBuilder } from '@axe-core/playwright';
import { check } from './browser.mjs';

export const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
export const DESKTOP = { viewport: { width: 1280, height: 800 } };

async function axe(page, where) {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  const said = violations.map(({ id, nodes }) => `\n     ${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`);
  check(!violations.length, `${where}: axe finds nothing${said.join('')}`);
}

/** axe finds nothing, and nothing is wider than the window, with letters of twice the size too. */
export async function whole(page, where) {
  await axe(page, where);
  for (const size of ['', '200%']) {
    const width = await page.evaluate((size) => {
      document.documentElement.style.fontSize = size;
      return document.documentElement.scrollWidth - window.innerWidth;
    }, size);
    check(width <= 0, `${where}: nothing is wider than the window ${size} (${width})`);
  }
  await page.evaluate(() => { document.documentElement.style.fontSize = ''; });
}

/** The same with colours that the reader's system forces, and nothing moves where somebody wants no motion. */
export async function calm(page, where) {
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  await axe(page, `${where}, forced colours`);
  const moves = await page.evaluate(() => document.getAnimations().length);
  check(moves === 0, `${where}: nothing moves for whoever wants no motion (${moves})`);
  await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'no-preference' });
}

/** Whether what has the focus shows it, and is not hidden behind something. Runs in the page. */
function focusOf() {
  const it = document.activeElement;
  if (!it || it === document.body) { return null; }
  const [own, after] = [getComputedStyle(it), getComputedStyle(it, '::after')];
  const outline = own.outlineStyle !== 'none' && parseFloat(own.outlineWidth) >= 2;
  const frame = after.content !== 'none' && after.borderTopStyle !== 'none' && parseFloat(after.borderTopWidth) >= 2;
  const { left, right, top, bottom } = it.getBoundingClientRect();
  const hits = [[0.5, 0.5], [0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9]].some(([x, y]) => {
    const hit = document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y);
    return hit && (it.contains(hit) || hit.contains(it));
  });
  const name = `${it.tagName.toLowerCase()} ${(it.getAttribute('aria-label') ?? it.textContent ?? '').trim().slice(0, 40)}`;
  return { name, no: window.reached?.indexOf(it) ?? -1, shows: outline || frame, hits };
}

/** Every control of a screen is reached by the Tab key, shows that it has the focus, and is not hidden then. */
export async function reachable(page, where) {
  const count = await page.evaluate(() => {
    const groups = new Set();
    const first = (it) => it.type !== 'radio' || !groups.has(it.name) && groups.add(it.name);
    window.reached = [...document.querySelectorAll('a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), summary, [tabindex="0"]')]
      .filter((it) => it.checkVisibility() && first(it));
    return window.reached.length;
  });
  const [seen, faults] = [new Set(), []];
  for (let presses = 0; presses < 3 * count + 12 && seen.size < count; presses++) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(focusOf);
    if (!focus) { continue; }
    // Of radio buttons the one that is chosen stands for all.
    const no = focus.no >= 0 ? focus.no : await page.evaluate(() => window.reached.findIndex((it) => it.type === 'radio' && it.name === document.activeElement?.name));
    if (no >= 0 && !seen.has(no)) {
      seen.add(no);
      if (!focus.shows || !focus.hits) { faults.push(`${focus.name} (${focus.shows ? 'hidden' : 'does not show it'})`); }
    }
  }
  const missed = await page.evaluate((seen) => window.reached.filter((_, at) => !seen.includes(at)).map((it) => it.outerHTML.slice(0, 60)), [...seen]);
  check(!missed.length, `${where}: the keyboard reaches all ${count} controls${missed.map((one) => `\n     not: ${one}`).join('')}`);
  check(!faults.length, `${where}: whatever has the focus shows it${faults.map((one) => `\n     not: ${one}`).join('')}`);
}

/** By the Tab key alone to what fits; its focus is seen. */
export async function tabTo(page, selector, most = 600) {
  for (let presses = 0; presses < most; presses++) {
    const focus = await page.evaluate(focusOf);
    if (focus && await page.evaluate((selector) => document.activeElement.matches(selector), selector)) {
      check(focus.shows && focus.hits, `by keys: ${focus.name} shows that it has the focus${focus.shows ? focus.hits ? '' : ', but is hidden' : ''}`);
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`${selector} is not reached by the Tab key at ${page.url()}`);
}

/** Waits for the screen with this heading. */
export const title = (page, text) => page.locator('h1', { hasText: text }).waitFor();
