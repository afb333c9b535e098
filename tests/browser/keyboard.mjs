// From the venue's page to a ticket without a mouse: Tab, arrows, Enter and letters, and the focus is seen at every step.
import { browser, check, watch } from './browser.mjs';
import { DESKTOP, tabTo } from './screen.mjs';

export async function keyboard(server, office, complaints, language) {
  const concert = await office.concert({ title: `By keys ${language}`, inside: 1, rows: 4, seats: 8 });
  const first = await office.buyer(concert.id);
  const context = await browser.newContext({ ...DESKTOP, locale: language });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  watch(page, server, complaints);
  const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  const enter = async (selector) => {
    await tabTo(page, selector);
    await press('Enter');
  };
  const type = async (selector, text) => {
    await tabTo(page, selector);
    await page.keyboard.type(text);
  };

  await page.goto(`${server}/?lang=${language}`);
  await page.locator('.cards a').first().waitFor();
  // The first stop leads past the header.
  await press('Tab');
  check(await page.evaluate(() => document.activeElement.matches('.skip')), `${language} by keys: the first stop skips to the content`);
  await press('Enter');
  while (!(await page.locator(`a[href="#/concerts/${concert.id}"]`).count())) {
    const before = await page.locator('.cards a').count();
    await enter('main > p > button');
    await page.waitForFunction((before) => document.querySelectorAll('.cards a').length > before, before);
  }
  await enter(`a[href="#/concerts/${concert.id}"]`);
  await page.locator('main .act button.main').waitFor();
  check(await page.evaluate(() => document.activeElement.matches('h1')), `${language} by keys: a new screen has the focus at its heading`);
  await enter('main .act button.main');
  await page.locator('main a[href^="#/sign-up"]').waitFor();
  await enter('main a[href^="#/sign-up"]');
  await page.locator('input[name=name]').waitFor();
  await type('input[name=name]', 'Kim');
  await type('input[name=email]', `keys-${language}-${Date.now()}@example.org`);
  await type('input[name=password]', 'correct horse');
  await press('Enter');
  await page.locator('main .act button.main').waitFor();
  await enter('main .act button.main');
  await page.locator('#ahead').waitFor();
  await office.leave(first);
  await page.locator('seat-map canvas').waitFor();

  // The best ones by the form; one more by the map's arrows; one let go.
  await tabTo(page, 'input[name=grade]');
  await press('ArrowDown');
  check(await page.locator('input[name=grade]:checked').inputValue() === 'R', `${language} by keys: the next price level by an arrow`);
  await enter('form.best button');
  await page.locator('.basket li').nth(1).waitFor();
  await tabTo(page, 'seat-map [role=application]');
  await press('ArrowRight', 'ArrowDown', 'Enter');
  await page.locator('.basket li').nth(2).waitFor();
  check(true, `${language} by keys: a seat of the map`);
  await enter('.basket li:last-of-type button');
  await page.locator('.basket li').nth(2).waitFor({ state: 'detached' });
  await enter('.basket a[href^="#/pay/"]');
  await page.locator('.missing').waitFor();
  await enter('form.card:has(input[name=amount]) button');
  await page.locator('.missing').waitFor({ state: 'detached' });
  await enter('.act button.main');
  await page.locator('section.new .ticket-list a').first().waitFor();
  await enter('section.new .ticket-list a');
  await page.locator('img.qr').waitFor();
  check(true, `${language} by keys: from the first page to a ticket`);
  await context.close();
}
