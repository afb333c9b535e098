// The staff's evening at the desk in a real Chromium, in Korean and English: logging in, a concert from draft to sale, the sale
// watched and steered, tickets sold by the keyboard alone and printed, refunded, the day closed, found again in the log.
//   node desk.mjs DEMO_URL OPERATOR_KEY [--short]      (see ../../.ci/browser, which starts everything)
import { arranged } from './arranged.mjs';
import { browser, check, finish, watch } from './browser.mjs';
import { Office } from './office.mjs';
import { DESKTOP, PHONE, title, whole } from './screen.mjs';

const [server, key] = process.argv.slice(2);
const office = new Office(server, key);
const complaints = [];

const WORDS = {
  en: { logIn: 'Log in to the desk', now: 'Now', apply: 'Apply', takeBack: /^Take back/, keys: 'Keys', publish: 'Publish', seen: 'As buyers see it', refund: /^Refund what/, all: 'Choose all' },
  ko: { logIn: '데스크 로그인', now: '현황', apply: '적용', takeBack: /^되돌리기/, keys: '키', publish: '공개', seen: '구매자 화면 미리 보기', refund: /^고른 티켓 환불/, all: '모두 고르기' },
};

async function evening(language, device, name) {
  const w = WORDS[language];
  const where = (screen) => `${language} ${name} desk, ${screen}`;
  const concert = await office.concert({ title: `Desk ${language} ${name}`, inside: 1 });
  const [inside] = [await office.buyer(concert.id), await office.buyer(concert.id)];
  const context = await browser.newContext({ ...device, locale: language });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  watch(page, server, complaints);
  page.on('dialog', (dialog) => void dialog.accept());

  // A wrong key opens nothing; the right one is kept nowhere.
  await page.goto(`${server}/desk?lang=${language}#/keys`);
  await title(page, w.logIn);
  await whole(page, where('log in'));
  await page.locator('input[name=key]').fill('op_wrong');
  await page.locator('form button').click();
  await page.getByRole('alert').waitFor();
  await page.locator('input[name=key]').fill(key);
  await page.locator('form button').click();
  await title(page, w.keys);
  check(true, where('log in: on to where one was going'));
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  check(!kept.includes(key), where('log in: the key is not kept'));
  await whole(page, where('keys'));
  await page.locator('input[name=name]').fill(`Door ${language} ${name}`);
  await page.locator('input[name=door]').check();
  await page.locator('main form button.main').click();
  await page.locator('.secret').waitFor();
  const door = await page.locator('.secret').innerText();
  await whole(page, where('keys, one made'));

  // What needs attention, and the sale, second by second.
  await office.desk('PATCH', `/concerts/${concert.id}/queue`, { state: 'paused' });
  await page.goto(`${server}/desk#/now`);
  await page.locator(`.needs a[href="#/sale/${concert.id}"]`).waitFor();
  await whole(page, where('now'));
  await page.locator(`.needs a[href="#/sale/${concert.id}"]`).click();
  await title(page, `Desk ${language} ${name}`);
  await page.locator('.figures').waitFor();
  await whole(page, where('sale'));
  await page.locator('fieldset input[type=radio]').first().check();
  await page.locator('input[name=cap]').fill('5');
  await page.locator('.effect li').nth(1).waitFor();
  check(await page.locator('.effect li').count() >= 3, where('sale: a change says what it will do'));
  await whole(page, where('sale, a wish'));
  await page.getByRole('button', { name: w.apply, exact: true }).click();
  await page.locator('.figures dd', { hasText: /^2$/ }).first().waitFor();
  const queue = await office.desk('GET', `/concerts/${concert.id}/queue`);
  check(queue.max_admitted === 5 && queue.state === 'open' && queue.admitted === 2, where('sale: applied, and seen at once'));
  await page.getByRole('button', { name: w.takeBack }).click();
  await page.getByRole('button', { name: w.takeBack }).waitFor();
  await page.waitForFunction(() => document.querySelector('input[name=cap]')?.value === '1');
  const back = await office.desk('GET', `/concerts/${concert.id}/queue`);
  check(back.max_admitted === 1 && back.state === 'paused', where('sale: taken back'));
  await office.leave(inside);

  // The counter, by the keyboard alone; the second line as a Korean input method gives it.
  await page.goto(`${server}/desk#/counter/${concert.performance}`);
  await page.locator('input[name=line]').waitFor();
  await whole(page, where('counter'));
  await page.locator('input[name=line]').focus();
  await page.keyboard.type('R 2');
  await page.keyboard.press('Enter');
  await page.locator('.ways button').first().waitFor();
  await page.waitForFunction(() => document.activeElement?.closest('.ways'));
  await whole(page, where('counter, chosen'));
  await page.keyboard.press('1');
  await page.locator('.printed .qr').nth(1).waitFor();
  check(await page.locator('.printed .qr').count() === 2, where('counter: two tickets by "R 2", Enter, 1'));
  await whole(page, where('counter, sold'));
  const code = await page.locator('.printed .code').first().innerText();
  await page.locator('input[name=line]').fill('ㄱ 1');
  await page.locator('input[name=line]').press('Enter');
  await page.locator('.ways button').first().waitFor();
  check(await page.locator('.bill li').count() === 1, where('counter: jamo are read as their keys'));
  await page.keyboard.press('Escape');
  await page.locator('input[name=line]').fill('Q 1');
  await page.locator('input[name=line]').press('Enter');
  await page.locator('.line .missing').waitFor();
  check(true, where('counter: what is no grade is told'));

  // From the code to the payment; one is refunded.
  await page.goto(`${server}/desk#/ticket/${encodeURIComponent(code)}`);
  await page.locator('.printed .qr').waitFor();
  await whole(page, where('ticket'));
  await page.locator('main a[href^="#/payment/"]').click();
  await page.getByRole('button', { name: w.all }).click();
  await whole(page, where('payment'));
  await page.locator('tbody input[type=checkbox]').first().uncheck();
  await page.getByRole('button', { name: w.refund }).click();
  await page.locator('h2 + ul li').waitFor();
  check(await page.locator('tbody input[type=checkbox]').count() === 1, where('payment: one of two is refunded'));

  // The other one is exchanged for a seat of another price level.
  await page.locator('tbody input[type=checkbox]').check();
  await page.locator('details summary').click();
  await page.locator('details input[name=line]').fill('S 1');
  await whole(page, where('payment, exchange'));
  await page.locator('details button.main').click();
  await title(page, '110');
  await page.locator('.printed .qr').waitFor();
  check(await page.locator('tbody tr').count() === 1, where('payment: exchanged for a seat of another price level'));

  // Whoever cannot show it comes in by hand, once.
  const other = await page.locator('.printed .code').first().innerText();
  await page.goto(`${server}/desk#/ticket/${encodeURIComponent(other)}`);
  const letIn = async () => {
    await page.locator('form input[name=reason]').fill('Known at the counter');
    await page.locator('form input[name=gate]').fill('East');
    await page.locator('form:has(input[name=reason]) button').click();
  };
  await letIn();
  await page.waitForFunction(() => document.querySelector('form input[name=reason]')?.value === '');
  await letIn();
  await page.locator('.trouble ~ p strong').nth(1).waitFor();
  check(true, where('ticket: let in by hand once; the second time tells when and where'));
  await whole(page, where('ticket, let in'));

  // A concert, from a draft to its sale, seen as buyers see it before.
  await page.goto(`${server}/desk#/concerts`);
  await page.locator('tbody tr').first().waitFor();
  await whole(page, where('concerts'));
  await page.locator('input[name=title]').fill(`New ${language} ${name}`);
  await page.locator('#new button.main').click();
  await title(page, `New ${language} ${name}`);
  await page.locator('details summary').click();
  await page.locator('input[name=starts]').fill('2099-12-24T19:30');
  for (const field of await page.locator('tbody input[inputmode]').all()) { await field.fill('50000'); }
  await whole(page, where('concert, a date'));
  await page.locator('details form button.main').click();
  await page.locator('article.date').waitFor();
  await page.locator(`textarea[name=text-${language}]`).fill('An evening of songs.');
  await page.locator('textarea[name=text-en]').locator('xpath=ancestor::form').locator('button.main').click();
  await page.getByRole('button', { name: w.seen }).click();
  await page.locator('.preview', { hasText: 'An evening of songs.' }).waitFor();
  await page.locator('.preview .grades li').first().waitFor();
  await whole(page, where('concert, preview'));
  const listed = async () => (await office.ask('GET', '/concerts')).concerts.some((one) => one.title === `New ${language} ${name}`);
  check(!await listed(), where('concert: a draft is seen by nobody'));
  await page.getByRole('button', { name: w.publish, exact: true }).click();
  await page.getByRole('button', { name: w.publish, exact: true }).waitFor({ state: 'detached' });
  check(await listed(), where('concert: published'));

  await arranged(page, { server, office, language, where });

  // The rest of the screens, and all of it found again in the log.
  for (const screen of ['reports', 'reports/sales/channel', 'reports/refunds/day', 'reports/takings', 'concerts/archive', 'buyers', 'closes', 'checkouts', 'checkouts/disputed', 'mails', 'webhooks', 'venue', 'audit']) {
    await page.goto(`${server}/desk#/${screen}`);
    await page.locator('h1').waitFor();
    await page.locator('.loading').waitFor({ state: 'detached' });
    await whole(page, where(screen));
  }
  check(await page.locator('tbody tr', { hasText: 'refund_payment' }).count() > 0, where('log: the refund is found'));

  // A key sees what it may, and nothing once it has gone.
  await page.locator('.who button').click();
  await title(page, w.logIn);
  await page.locator('input[name=key]').fill(door);
  await page.locator('form button').click();
  await page.locator('.who').waitFor();
  check(await page.locator('.menu a').count() === 0, where('a key for the door opens nothing here'));
  await whole(page, where('nothing allowed'));
  await context.close();
}

/** One language on each device, or both. */
const short = process.argv.includes('--short');
for (const [language, device, name] of [['en', DESKTOP, 'desktop'], ['ko', PHONE, 'phone'], ['en', PHONE, 'phone'], ['ko', DESKTOP, 'desktop']].slice(0, short ? 2 : 4)) {
  await evening(language, device, name);
}
await finish(complaints);
