// Clicks a buyer's whole journey through Swagger UI in a real Chromium: log in once, and every call works from there.
//   node swagger.mjs http://127.0.0.1:8080 [screenshot.png]      (see ../../.ci/browser, which starts everything)
import { chromium } from 'playwright-core';

const server = process.argv[2] ?? 'http://127.0.0.1:8080';
const picture = process.argv[3];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: 1300, height: 1400 } });
page.on('pageerror', (error) => console.log('page error:', error.message));
page.setDefaultTimeout(60000);
let failed = 0;
let passed = 0;

// Runs one operation with the page's own buttons and gives the answer that the page shows.
async function call(tag, operation, { parameters = {}, body, expect = 200 } = {}) {
  const block = page.locator(`#operations-${tag}-${operation}`);
  await block.locator('.opblock-summary').first().click();
  await block.locator('button.try-out__btn').click();
  for (const [name, value] of Object.entries(parameters)) {
    await block.locator(`tr[data-param-name="${name}"] input`).fill(String(value));
  }
  const key = block.locator('tr[data-param-name="Idempotency-Key"] input');
  if (await key.count()) { await key.fill(`browser-${Date.now()}-${Math.random()}`); }
  if (body !== undefined) { await block.locator('textarea.body-param__text').fill(JSON.stringify(body)); }
  await block.locator('button.execute').click();
  const live = block.locator('.live-responses-table .response');
  await live.waitFor();
  const status = Number((await live.locator('.response-col_status').innerText()).trim().split(/\s/)[0]);
  const text = await live.locator('.highlight-code code, .highlight-code pre').first().innerText().catch(() => '');
  await block.locator('.opblock-summary').first().click();
  const good = status === expect;
  good ? passed++ : failed++;
  console.log(`${good ? 'ok  ' : 'FAIL'} ${operation}: ${status}`);
  if (!good) { console.log(text); }
  try { return JSON.parse(text); } catch { return {}; }
}

await page.goto(`${server}/`);
await page.locator('.information-container .title').waitFor();
if (!page.url().endsWith('/docs')) { failed++; console.log(`FAIL / leads to ${page.url()}`); }
if (picture) { await page.screenshot({ path: picture }); }

const { concerts } = await call('Catalogue', 'list_concerts');
const concert_id = concerts[0].id;
await call('Account', 'log_in', { body: { email: 'buyer@boxoffice.example', password: 'boxoffice' }, expect: 201 });
await call('Queue', 'issue_token', { parameters: { concert_id }, expect: 201 });
await call('Queue', 'queue_position');
const { dates } = await call('Catalogue', 'list_dates');
const performance_id = dates[0].performance_id;
await call('Reservation', 'seat_map', { parameters: { performance_id } });
const hold = await call('Reservation', 'hold_seats', {
  body: { performance_id, best: { grade: 'R', quantity: 2 } }, expect: 201,
});
await call('Reservation', 'list_holds');
await call('Wallet', 'balance');
await call('Wallet', 'top_up', { body: { amount: hold.amount }, expect: 201 });
const paid = await call('Payment', 'pay', {
  body: { seat_ids: hold.seats.map((seat) => seat.id), amount: hold.amount }, expect: 201,
});
await call('Payment', 'list_payments');
await call('Payment', 'show_ticket', { parameters: { code: paid.tickets[0].code } });
await call('Wallet', 'list_postings');
await call('Queue', 'leave_queue', { expect: 401 });
await call('Account', 'log_out', { expect: 204 });
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
