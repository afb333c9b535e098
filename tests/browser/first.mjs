// The first look: a demonstration in which one tap makes a visitor somebody, and a new data file that leads its operator from the
// empty venue's page to the first concert on sale.
//   node first.mjs DEMO_URL NEW_URL NEW_KEY      (see ../../.ci/browser, which starts everything)
import { browser, check, finish, watch } from './browser.mjs';
import { lapsed } from './confused.mjs';
import { Office } from './office.mjs';
import { PHONE, title, whole } from './screen.mjs';

const [demo, empty, key] = process.argv.slice(2);
const complaints = [];

async function visitor(server, language) {
  const context = await browser.newContext({ ...PHONE, locale: language });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  watch(page, server, complaints);
  await page.goto(`${server}/?lang=${language}`);
  return { page, context };
}

for (const language of ['ko', 'en']) {
  const { page, context } = await visitor(demo, language);
  await page.locator('.guide').waitFor();
  await whole(page, `${language} demo`);
  await page.locator('.guide li').first().locator('button').click();
  await page.locator('a[href="#/tickets"]').waitFor();
  check(await page.locator('.guide li').first().locator('button').count() === 0, `${language} demo: one tap makes a visitor the buyer`);
  await page.locator('.guide a[href="#/set-up"]').click();
  await page.locator('input[name=key]').waitFor();
  check((await page.locator('input[name=key]').inputValue()).startsWith('op_'), `${language} demo: the operator's set-up has the key already`);
  await page.goto(`${demo}/?lang=${language}`);
  await page.locator('.guide button[name=door]').click();
  await page.locator('input[name=evening]').first().waitFor();
  check(new URL(page.url()).pathname === '/door', `${language} demo: one tap makes a visitor somebody at the door`);
  await page.goto(`${demo}/`);
  await page.locator('.guide li').nth(1).locator('button').click();
  await page.locator('.who').waitFor();
  check(new URL(page.url()).pathname === '/desk' && !page.url().includes('op_'), `${language} demo: one tap makes a visitor the operator, by no address with a key`);
  await context.close();
}

const { page, context } = await visitor(empty, 'en');
await page.locator('main a[href="#/set-up"]').click();
await page.locator('input[name=title]').waitFor();
await whole(page, 'set-up');
const said = { key: 'op_wrong', venue: 'Small Venue', currency: 'EUR', zone: 'Europe/Berlin', hall: 'Small hall', rows: '3', seats: '30', title: 'First evening',
  starts: '2099-12-24T19:30', price: '50.50' };
for (const [name, text] of Object.entries(said)) { await page.locator(`input[name=${name}]`).fill(text); }
await page.locator('form button').click();
await page.getByRole('alert').waitFor();
check(await page.locator('input[name=title]').inputValue() === 'First evening', 'set-up: a wrong key says so and loses nothing that was typed');
await page.locator('input[name=key]').fill(key);
await page.locator('form button').click();
await page.locator('main a.button.main').click();
await title(page, 'First evening');
await page.locator('.grades', { hasText: '€50.50' }).waitFor();
await whole(page, 'the first concert');
check(await page.locator('header .venue', { hasText: 'Small Venue' }).count() === 1, 'set-up: the venue has its name');
const { concerts } = await (await fetch(`${empty}/v1/concerts`)).json();
check(concerts.length === 1 && concerts[0].next_date.starts_at === '2099-12-24T18:30:00.000Z', 'set-up: the first concert is on sale, at the venue’s own time');
await context.close();
await lapsed(empty, new Office(empty, key), complaints);
await finish(complaints);
