// The venue's own looks and words, out of its data file; its pages under a proxy's prefix; and a front end of somebody else's.
import { createServer, request as forward } from 'node:http';
import { browser, check, watch } from './browser.mjs';
import { PHONE, whole } from './screen.mjs';

const LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#7a1f5c" d="M2 2h20v20H2z"/></svg>';

/** Serves on a port of its own until it is closed. */
const listening = (server) => new Promise((done) => { server.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${server.address().port}`)); });

/** A proxy that has the office under a prefix. */
const proxy = (office, prefix) => createServer((asked, answer) => {
  if (!asked.url.startsWith(`${prefix}/`)) {
    answer.writeHead(404);
    return answer.end();
  }
  const on = forward(`${office}${asked.url.slice(prefix.length)}`, { method: asked.method, headers: asked.headers }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  on.on('error', () => answer.destroy());
  asked.on('close', () => on.destroyed || asked.complete || on.destroy());
  answer.on('close', () => on.destroy());
  asked.pipe(on);
});

export async function branding(server, office, complaints) {
  const before = await office.ask('GET', '/venue');
  const refused = await fetch(`${server}/v1/operator/venue`, {
    method: 'PATCH', headers: { Authorization: `Bearer ${office.operatorKey}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ accent: '#ffd000' }),
  });
  check(refused.status === 400 && (await refused.text()).includes('4.5'), 'branding: a colour that cannot be read is refused, with the contrast it lacks');
  const logo = `data:image/svg+xml;base64,${Buffer.from(LOGO).toString('base64')}`;
  await office.desk('PATCH', '/venue', { name: '달빛극장', accent: '#7a1f5c', logo, welcome: { ko: '어서 오세요.', en: 'Come in.' } });
  const context = await browser.newContext({ ...PHONE, locale: 'ko' });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  watch(page, server, complaints);
  await page.goto(`${server}/?lang=ko`);
  await page.locator('main .welcome', { hasText: '어서 오세요.' }).waitFor();
  check(await page.title() === '판매 중 – 달빛극장', `branding: the venue's name in the title (${await page.title()})`);
  const drawn = await page.locator('.venue img').evaluate((image) => image.complete && image.naturalWidth > 0);
  check(drawn, 'branding: its picture in the header');
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await whole(page, `branding, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  const colour = await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--brand'));
  check(colour.trim() === '#7a1f5c', `branding: its colour (${colour})`);
  await page.goto(`${server}/?lang=en`);
  await page.locator('main .welcome', { hasText: 'Come in.' }).waitFor();
  check(true, 'branding: its words in the reader’s language');

  // The same under a prefix: pages, API, worker and pictures.
  const front = proxy(server, '/tickets');
  const address = await listening(front);
  const asked = [];
  const under = await context.newPage();
  under.setDefaultTimeout(60_000);
  watch(under, address, complaints);
  under.on('request', (request) => { if (!request.url().startsWith(`${address}/tickets/`)) { asked.push(request.url()); } });
  const concert = await office.concert({ title: 'Under a prefix' });
  await under.goto(`${address}/tickets/?lang=en#/concerts/${concert.id}`);
  await under.locator('.conditions').waitFor();
  await under.getByRole('button', { name: 'Join the line' }).click();
  await under.locator('input[name=email]').waitFor();
  await under.locator('main').getByRole('link', { name: 'Make an account' }).click();
  await under.locator('input[name=name]').fill('Prefix');
  await under.locator('input[name=email]').fill(`prefix-${Date.now()}@example.org`);
  await under.locator('input[name=password]').fill('correct horse');
  await under.locator('form button').click();
  await under.getByRole('button', { name: 'Join the line' }).click();
  await under.locator('seat-map canvas').waitFor();
  await under.getByRole('button', { name: 'Hold the best' }).click();
  await under.locator('.basket li').nth(1).waitFor();
  await under.locator('.basket a[href^="#/pay/"]').click();
  await under.getByRole('button', { name: /^By card/ }).click();
  await under.locator('button[value=pays]').click();
  await under.getByRole('heading', { name: 'Paid. Here are your tickets.' }).waitFor();
  const shown = await under.locator('.venue img').evaluate((image) => image.complete && image.naturalWidth > 0);
  const scope = await under.evaluate(async () => (await navigator.serviceWorker.ready).scope);
  check(shown && scope === `${address}/tickets/` && under.url().startsWith(`${address}/tickets/`), `under a prefix: bought by card, the picture, and the worker's reach (${scope})`);
  check(!asked.length, `under a prefix: nothing is asked outside of it${asked.map((one) => `\n     ${one}`).join('')}`);

  // Another front end on an origin of its own uses the same API.
  const other = createServer((_, answer) => {
    answer.setHeader('Content-Type', 'text/html');
    answer.end('<!doctype html><title>Another front end</title><p>');
  });
  const origin = await listening(other);
  const foreign = await context.newPage();
  await foreign.goto(origin);
  const said = await foreign.evaluate(async (server) => {
    const venue = await (await fetch(`${server}/v1/venue`)).json();
    const body = JSON.stringify({ email: `foreign-${Date.now()}@example.org`, password: 'correct horse', name: 'Foreign' });
    const made = await fetch(`${server}/v1/users`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `key-${Date.now()}` }, body });
    const { session } = await made.json();
    const balance = await fetch(`${server}/v1/balance`, { headers: { Authorization: `Bearer ${session.secret}` } });
    return { name: venue.name, status: made.status, balance: (await balance.json()).balance };
  }, server);
  check(said.name === '달빛극장' && said.status === 201 && said.balance === 0, `another front end: reads, signs up and asks by its own session (${JSON.stringify(said)})`);
  for (const open of [front, other]) {
    open.closeAllConnections();
    open.close();
  }
  await context.close();
  await office.desk('PATCH', '/venue', { name: before.name, accent: null, logo: null, welcome: {} });
}
