// A buyer's whole journey through the web pages in a real Chromium: on a phone and a desktop, in Korean and English, with
// reloads, a second tab and a lost network on the way; then what confuses people, and the frames of the seat map.
//   node pages.mjs http://127.0.0.1:8080 OPERATOR_KEY MAILS [PART …]      (see ../../.ci/browser, which starts everything)
// --until PART and --from PART: those before it, and the rest.
import { mkdirSync } from 'node:fs';
import { account } from './account.mjs';
import { branding } from './branding.mjs';
import { browser, check, finish, watch } from './browser.mjs';
import { codes } from './codes.mjs';
import { confused } from './confused.mjs';
import { eyes } from './eyes.mjs';
import { frames } from './frames.mjs';
import { keyboard } from './keyboard.mjs';
import { money } from './money.mjs';
import { repriced } from './repriced.mjs';
import { screens } from './screens.mjs';
import { steps } from './steps.mjs';
import { Office } from './office.mjs';
import { DESKTOP, PHONE, title, whole } from './screen.mjs';

const server = process.argv[2] ?? 'http://127.0.0.1:8080';
const office = new Office(server, process.argv[3] ?? 'op_unknown', process.argv[4]);
const complaints = [];

const WORDS = {
  en: { signUp: 'Make an account', join: 'Join the line', best: 'Hold the best', toPay: 'Go on to payment', topUp: 'Top up', pay: /^Pay /,
    place: 'Waiting room', choose: 'Choose seats', paid: 'Paid. Here are your tickets.', offline: 'No network', print: 'Print (A4)' },
  ko: { signUp: '회원 가입', join: '대기하기', best: '가장 좋은 좌석 선점', toPay: '결제하기', topUp: '충전', pay: /결제$/,
    place: '대기실', choose: '좌석 선택', paid: '결제되었습니다. 티켓을 확인하세요.', offline: '네트워크', print: '인쇄 (A4)' },
};
async function journey(language, device, deviceName) {
  const w = WORDS[language];
  const where = (screen) => `${language} ${deviceName} ${screen}`;
  const concert = await office.concert({ title: `Evening ${language} ${deviceName}`, inside: 1 });
  const first = await office.buyer(concert.id);
  const context = await browser.newContext({ ...device, locale: language });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const network = watch(page, server, complaints);
  const lose = async (lost) => {
    network.offline = lost;
    await context.setOffline(lost);
  };

  const another = async (address) => {
    const tab = await context.newPage();
    tab.setDefaultTimeout(60_000);
    watch(tab, server, complaints);
    await tab.goto(address);
    return tab;
  };
  // Without a network nothing is lost but time; a slow one shows that it works on it.
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  const slow = (latency) => devtools.send('Network.emulateNetworkConditions', {
    offline: false, latency, downloadThroughput: latency ? 50_000 : -1, uploadThroughput: latency ? 25_000 : -1,
  });

  await slow(400);
  await page.goto(`${server}/?lang=${language}`);
  await page.getByRole('link', { name: `Evening ${language} ${deviceName}` }).waitFor();
  check(true, where('concerts: shown by a slow network'));
  await slow(0);
  await page.getByRole('link', { name: `Evening ${language} ${deviceName}` }).waitFor();
  await whole(page, where('concerts'));
  await page.getByRole('link', { name: `Evening ${language} ${deviceName}` }).click();
  await page.getByRole('button', { name: w.join }).click();
  await whole(page, where('log in'));
  await page.locator('main').getByRole('link', { name: w.signUp }).click();
  await title(page, w.signUp);
  await whole(page, where('sign up'));
  await page.locator('input[name=name]').fill('김하늘');
  await page.locator('input[name=email]').fill(`${language}-${deviceName}-${Date.now()}@example.org`);
  await page.locator('input[name=password]').fill('correct horse');
  await page.locator('form button').click();
  await whole(page, where('concert'));
  await page.getByRole('button', { name: w.join }).click();

  // The waiting room keeps the place over a reload, another tab, a lost network.
  await title(page, w.place);
  await page.locator('#ahead').waitFor();
  const number = () => page.locator('.place dd').first().innerText();
  const mine = await number();
  await whole(page, where('waiting'));
  await page.reload();
  await page.locator('#ahead').waitFor();
  check(await number() === mine, where(`waiting: number ${mine} after a reload`));
  const second = await another(page.url());
  await second.locator('#ahead').waitFor();
  check(await second.locator('.place dd').first().innerText() === mine, where('waiting: the same number in a second tab'));
  await second.close();
  await lose(true);
  await page.getByRole('alert').filter({ hasText: w.offline }).waitFor();
  await lose(false);
  await page.getByRole('alert').waitFor({ state: 'detached' });
  check(await number() === mine, where('waiting: the place is kept without a network'));

  await office.leave(first);
  await title(page, w.choose);
  await page.locator('seat-map canvas').waitFor();
  check(true, where('choosing: goes in by itself'));
  await whole(page, where('choosing'));
  await page.getByRole('button', { name: w.best, exact: true }).click();
  await page.locator('.basket li').nth(1).waitFor();
  check(await page.locator('.basket li').count() === 2, where('choosing: two taps after admission a best pair is held'));
  await whole(page, where('choosing, held'));
  await page.reload();
  await page.locator('.basket li').nth(1).waitFor();
  check(true, where('choosing: held after a reload'));
  // Another tab has the same seats; without a network they are shown as they were, and it says so.
  const beside = await another(page.url());
  await beside.locator('.basket li').nth(1).waitFor();
  check(await beside.locator('.basket li').count() === 2, where('choosing: the same seats in a second tab'));
  await beside.close();
  await lose(true);
  await page.locator('.zoom .hint').waitFor();
  await page.getByRole('button', { name: w.best, exact: true }).click();
  await page.getByRole('alert').waitFor();
  check(await page.locator('.basket li').count() === 2, where('choosing: what is held stays in sight without a network'));
  await lose(false);
  await page.locator('.zoom .hint').waitFor({ state: 'detached' });

  // By the list, and by the keys on the map.
  await page.locator('details.card > summary').click();
  await page.locator('.seat-list > details').first().locator('summary').first().click();
  await page.locator('.seat-list details details').nth(3).locator('summary').click();
  await whole(page, where('choosing, list'));
  await page.locator('.seat-list .seat:not([disabled])').first().click();
  await page.locator('.basket li').nth(2).waitFor();
  check(await page.locator('.seat-list .seat.mine').count() === 1, where('choosing: a seat of the list'));
  await page.locator('seat-map [role=application]').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.locator('.basket li').nth(3).waitFor();
  check(true, where('choosing: a seat of the map by keys'));
  await page.locator('.basket li button').last().click();
  await page.locator('.basket li').nth(3).waitFor({ state: 'detached' });
  check(await page.locator('.basket li').count() === 3, where('choosing: one let go'));

  // What is missing exactly, and paid once.
  await page.getByRole('link', { name: w.toPay }).click();
  await title(page, language === 'ko' ? '결제' : 'Payment');
  await page.locator('.missing').waitFor();
  check(await page.getByRole('button', { name: w.pay }).isDisabled(), where('paying: not before the money is there'));
  await whole(page, where('paying'));
  await lose(true);
  await page.getByRole('button', { name: w.topUp, exact: true }).click();
  await page.getByRole('alert').waitFor();
  await lose(false);
  await page.getByRole('button', { name: w.topUp, exact: true }).click();
  await page.locator('.missing').waitFor({ state: 'detached' });
  await page.reload();
  const third = await another(page.url());
  await third.locator('.bill li').nth(2).waitFor();
  check(await third.locator('.bill li').count() === 3, where('paying: the same bill in a second tab'));
  await third.close();
  await page.getByRole('button', { name: w.pay }).waitFor();
  await slow(400);
  // The answer is lost on the way: the same is asked again with the same key, and paid once.
  const keys = [];
  let lost = true;
  await page.route('**/v1/payments', async (route) => {
    if (route.request().method() !== 'POST') { return route.continue(); }
    keys.push(route.request().headers()['idempotency-key']);
    if (!lost) { return route.continue(); }
    lost = false;
    await route.fetch();
    await route.abort();
  });
  await page.getByRole('button', { name: w.pay }).dblclick();
  await title(page, w.paid);
  check(keys.length === 2 && keys[0] === keys[1], where(`paying: a lost answer is asked for with the same key (${keys.length})`));
  await page.unroute('**/v1/payments');
  await slow(0);
  await page.locator('.ticket-list a').nth(2).waitFor();
  check(await page.locator('section.card').count() === 1, where('paying: one payment'));
  await whole(page, where('tickets'));
  await page.locator('.ticket-list a').first().click();
  await page.locator('img.qr').waitFor();
  const drawn = await page.locator('img.qr').evaluate((image) => image.complete && image.naturalWidth > 0);
  check(drawn, where('ticket: its code is drawn'));
  await whole(page, where('ticket'));
  const calendar = await page.locator('a[download]').getAttribute('href');
  const code = await page.locator('.ticket .code').innerText();
  const entry = decodeURIComponent(calendar).replaceAll('\r\n ', '');
  check(entry.includes('BEGIN:VEVENT') && !entry.includes(code), where('ticket: a calendar file, without the code in it'));

  // Once opened, it shows without a network, also after a reload.
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await page.locator('img.qr').waitFor();
  await lose(true);
  await page.reload();
  await page.locator('img.qr').waitFor();
  check(true, where('ticket: without a network'));
  await whole(page, where('ticket, offline'));
  await lose(false);

  await page.goto(`${server}/#/account`);
  await page.locator('tbody tr').nth(1).waitFor();
  await whole(page, where('account'));
  await context.close();
}

/** What the waiting room is made of, as it comes, without what it fetches ahead for choosing. */
async function weight() {
  const concert = await office.concert({ title: 'Weight', inside: 1 });
  await office.buyer(concert.id);
  const context = await browser.newContext({ ...PHONE, serviceWorkers: 'block' });
  const page = await context.newPage();
  const signed = await office.ask('POST', '/users', { body: { email: `weight-${Date.now()}@example.org`, password: 'correct horse', name: 'Weight' } });
  await office.ask('POST', `/concerts/${concert.id}/queue/tokens`, { credential: signed.session.secret });
  await page.addInitScript((kept) => localStorage.setItem('boxoffice:session', kept), JSON.stringify(signed));
  await page.goto(`${server}/?lang=ko#/wait/${concert.id}`);
  await page.locator('#ahead').waitFor();
  const bytes = await page.evaluate(() => {
    const ahead = /\/seat-map\/|\/(choose|ways|room|holds|basket)\.js/;
    return performance.getEntriesByType('resource').filter(({ name }) => !ahead.test(name) && !name.includes('/v1/'))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  });
  check(bytes > 20_000 && bytes <= 60_000, `the waiting page is ${(bytes / 1000).toFixed(1)} kB in all, of at most 60`);
  await context.close();
}

/** Whether what is walked in every language is walked in one, and frames are not counted: they are figures. */
const short = process.argv.includes('--short');

/** All parts, in order; with names after the mails' folder only those. */
const PARTS = {
  async journey() {
    for (const language of ['ko', 'en']) {
      await journey(language, PHONE, 'phone');
      await journey(language, DESKTOP, 'desktop');
    }
  },
  account: () => twice(account),
  codes: () => twice(codes),
  weight,
  async eyes() {
    mkdirSync('target/pages/eyes', { recursive: true });
    await eyes(server, office, complaints, 'target/pages/eyes');
  },
  confused: () => confused(server, office, complaints),
  repriced: () => repriced(server, office, complaints),
  money: () => money(server, office, complaints),
  screens: () => (short ? once : twice)(screens),
  async keyboard() {
    for (const language of short ? ['ko'] : ['ko', 'en']) { await keyboard(server, office, complaints, language); }
  },
  steps: () => (short ? once : twice)(steps),
  branding: () => branding(server, office, complaints),
  async frames() { if (!short) { await frames(server, office, complaints); } },
};

async function once(part) {
  await part(server, office, complaints, 'ko', PHONE, 'phone');
}

async function twice(part) {
  await once(part);
  await part(server, office, complaints, 'en', DESKTOP, 'desktop');
}

/** What of them is asked for. */
function wanted(words) {
  const parts = Object.keys(PARTS);
  const unknown = words.filter((word) => !['--until', '--from'].includes(word) && !parts.includes(word));
  if (unknown.length) { throw new Error(`there is no part ${unknown}; there are ${parts.join(', ')}`); }
  const at = parts.indexOf(words[1]);
  if (words[0] === '--until') { return parts.slice(0, at); }
  if (words[0] === '--from') { return parts.slice(at); }
  return words.length ? words : parts;
}

const chosen = wanted(process.argv.slice(5).filter((word) => word !== '--short'));
for (const [name, part] of Object.entries(PARTS)) {
  if (!chosen.includes(name)) { continue; }
  const begun = Date.now();
  await part();
  console.log(`-- ${name}: ${Math.round((Date.now() - begun) / 1000)} s`);
}
await finish(complaints);
