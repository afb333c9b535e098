// A buyer who is inside a concert of one's own, and the first taps there.
import { browser, watch } from './browser.mjs';
import { PHONE } from './screen.mjs';

/** A page of a buyer who is logged in; the office knows nothing else of that buyer. */
export async function known(server, office, complaints, { language = 'en', device = PHONE, prepare = async () => {}, address = '' } = {}) {
  const context = await browser.newContext({ ...device, locale: language });
  await prepare(context);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('dialog', (dialog) => dialog.accept());
  const network = watch(page, server, complaints);
  const email = `known-${Date.now()}-${Math.random()}@example.org`;
  const signed = await office.ask('POST', '/users', { body: { email, password: 'correct horse', name: 'Buyer' } });
  await page.goto(`${server}/?lang=${language}`);
  await page.evaluate((kept) => localStorage.setItem('boxoffice:session', kept), JSON.stringify(signed));
  await page.goto(`${server}/?lang=${language}#/${address}`);
  await page.reload();
  return { page, context, signed, network };
}

/** The same inside a concert that is made for it. */
export async function inside(server, office, complaints, what, options = {}) {
  const concert = await office.concert(what);
  const come = await known(server, office, complaints, { ...options, address: `concerts/${concert.id}` });
  await come.page.locator('main button.main').click();
  await come.page.locator('seat-map canvas').waitFor();
  return { ...come, concert };
}

/** The best seats of the first price level, two of them. */
export async function best(page) {
  await page.locator('form.best button').click();
  await page.locator('.basket li').nth(1).waitFor();
}

/** The seats of the first row as a list. */
export async function openList(page) {
  await page.locator('details.card > summary').click();
  await page.locator('.seat-list > details').first().locator('summary').first().click();
  await page.locator('.seat-list details details').first().locator('summary').click();
}

/** Pays what is held, with money that is topped up first. */
export async function payFor(page) {
  await page.locator('.basket a[href^="#/pay/"]').click();
  await page.locator('form.card input[name=amount]').waitFor();
  await page.locator('form.card:has(input[name=amount]) button').click();
  await page.locator('.missing').waitFor({ state: 'detached' });
  await page.locator('.act button.main').click();
}
