// Clicks a buyer's whole journey through Swagger UI in a real Chromium: log in once, and every call works from there, with
// nothing copied by hand.
//   node swagger.mjs http://127.0.0.1:8080 OPERATOR_KEY [screenshot.png]      (see ../../.ci/browser, which starts everything)
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const server = process.argv[2] ?? 'http://127.0.0.1:8080';
const operatorKey = process.argv[3] ?? 'op_unknown';
const picture = process.argv[4];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: 1300, height: 1400 } });
page.setDefaultTimeout(60000);
let failed = 0;
let passed = 0;

function check(holds, what) {
  holds ? passed++ : failed++;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
}

// What the page complains of: a script's fault, a refused policy, a file that is not there. A refusal by the API is none.
const complaints = [];
page.on('pageerror', (error) => complaints.push(error.message));
page.on('console', (message) => {
  const ofTheApi = message.location().url.includes('/v1/');
  if (['error', 'warning'].includes(message.type()) && !ofTheApi) { complaints.push(message.text()); }
});
page.on('request', (request) => {
  const own = request.url().startsWith(server) || request.url().startsWith('data:');
  if (!own) { complaints.push(`asks another server: ${request.url()}`); }
});

const block = (tag, operation) => page.locator(`#operations-${tag}-${operation}`);
const open = (tag, operation) => block(tag, operation).locator('.opblock-summary').first().click();

// Runs one operation with the page's own buttons and gives the answer that the page shows. Nothing is filled in but what
// is asked for here.
async function call(tag, operation, { body, key, expect = 200, stay = false } = {}) {
  await open(tag, operation);
  const it = block(tag, operation);
  if (key) { await it.locator('tr[data-param-name="Idempotency-Key"] input').fill(`browser-${Date.now()}`); }
  if (body !== undefined) { await it.locator('textarea.body-param__text').fill(JSON.stringify(body)); }
  await it.locator('button.execute').click();
  const live = it.locator('.live-responses-table .response');
  await live.waitFor();
  const status = Number((await live.locator('.response-col_status').innerText()).trim().split(/\s/)[0]);
  const text = await live.locator('.highlight-code code, .highlight-code pre').first().innerText().catch(() => '');
  check(status === expect, `${operation}: ${status}`);
  if (status !== expect) { console.log(text); }
  if (!stay) { await open(tag, operation); }
  try { return JSON.parse(text); } catch { return {}; }
}

async function ready() {
  await page.locator('.information-container .title').waitFor();
  await page.locator('#operations-Payment-pay').waitFor();
}

async function authorize(scheme, value) {
  await page.locator('.auth-wrapper button.authorize').first().click();
  const dialogue = page.locator('.auth-container').filter({ hasText: scheme });
  await dialogue.locator('input').fill(value);
  await dialogue.locator('button.authorize').click();
  await page.locator('.auth-btn-wrapper button.btn-done').first().click();
}

const credentials = () => page.evaluate(() => Object.keys(window.ui.authSelectors.authorized().toJS()).sort().join());

// The files are the package's own.
for (const file of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
  const here = new URL(`../../src/server/docs/vendor/${file}.gz`, import.meta.url);
  const theirs = readFileSync(new URL(`node_modules/swagger-ui-dist/${file}`, import.meta.url), 'utf8');
  const plain = theirs.split('\n').filter((line) => !/^\/[/*]# sourceMappingURL/.test(line)).join('\n');
  check(gunzipSync(readFileSync(here)).toString().trimEnd() === plain.trimEnd(), `${file} is the package's`);
}

await page.goto(`${server}/docs`);
await ready();
check((await block('Account', 'log_in').innerText()).includes('log_in'), 'operation ids are shown');
const tags = await page.locator('h3.opblock-tag').evaluateAll((all) => all.map((tag) => tag.dataset.tag));
check(tags.join() === 'Venue,Account,Catalogue,Queue,Reservation,Wallet,Payment,Operator', `a buyer's order: ${tags}`);
for (const link of ['/docs/problems', '/openapi.yaml', '/openapi.json']) {
  check(await page.locator(`nav a[href="${link}"]`).count() === 1, `a link to ${link}`);
}

await call('Catalogue', 'list_concerts');
await call('Account', 'log_in', { body: { email: 'buyer@boxoffice.example', password: 'boxoffice' }, expect: 201 });
await call('Queue', 'issue_token', { expect: 201 });
await call('Queue', 'queue_position');

// A reload forgets nothing of the buyer's.
await page.reload();
await ready();
check(await credentials() === 'QueueToken,Session', `after a reload: ${await credentials()}`);
await call('Catalogue', 'list_dates');
await call('Reservation', 'seat_map');
const hold = await call('Reservation', 'hold_seats', { expect: 201 });
await call('Reservation', 'list_holds');
await call('Wallet', 'balance');
await call('Wallet', 'top_up', { expect: 201 });
const paid = await call('Payment', 'pay', { key: true, expect: 201, stay: true });
check(paid.amount === hold.amount && paid.tickets?.length === 2, 'paid what was held');
if (picture) {
  // What was asked and what came: the answer ends where the picture does.
  await page.evaluate(() => {
    const answer = document.querySelector('#operations-Payment-pay .live-responses-table').getBoundingClientRect();
    window.scrollBy(0, answer.bottom - window.innerHeight + 30);
  });
  await page.screenshot({ path: picture });
}
await open('Payment', 'pay');
await call('Payment', 'list_payments');
await call('Payment', 'show_payment');
await call('Payment', 'show_ticket');
await call('Wallet', 'list_postings');
await call('Queue', 'leave_queue', { expect: 401 });

// The operator's key works, and is gone after a reload. It never was in the browser's store.
await authorize('StaffKey', operatorKey);
check(await credentials() === 'Session,StaffKey', `the operator: ${await credentials()}`);
const hall = await call('Operator', 'create_hall', { expect: 201 });
const made = await call('Operator', 'create_performance', { expect: 201 });
check(Boolean(hall.id && made.id), 'a hall, and a performance in it');
await call('Operator', 'show_queue');
const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
check(!stored.includes(operatorKey), 'the operator\'s key is not stored');
await page.reload();
await ready();
check(await credentials() === 'Session', `the operator's key is forgotten: ${await credentials()}`);
await call('Account', 'log_out', { expect: 204 });

// On a phone nothing is wider than the screen.
await page.setViewportSize({ width: 390, height: 800 });
await page.goto(`${server}/docs/`);
await ready();
const width = await page.evaluate(() => document.documentElement.scrollWidth);
check(width <= 390, `on a phone the page is ${width} wide`);

await page.setViewportSize({ width: 1300, height: 1400 });
await open('Payment', 'pay');
const height = await block('Payment', 'pay').evaluate((it) => it.scrollHeight);
check(height < 3100, `an opened operation is ${height} pixels tall`);

await page.goto(`${server}/docs/problems#seat_taken`);
const row = page.locator('tr#seat_taken');
check((await row.innerText()).includes('409'), 'a code with its status');
await row.locator('a', { hasText: 'pay' }).click();
await ready();
check(page.url().includes('/docs#/Payment/pay'), `a code leads to its operations: ${page.url()}`);

check(complaints.length === 0, `the page complains of nothing${complaints.map((one) => `\n     ${one}`).join('')}`);
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
