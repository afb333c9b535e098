// What changes the price or the way in: ticket types, a discount code, a presale code, payment by card, and the waitlist of
// what is sold out.
import { browser, check, watch } from './browser.mjs';
import { title, whole } from './screen.mjs';

const WORDS = {
  en: { join: 'Join the line', best: 'Hold the best', toPay: 'Go on to payment', paid: 'Paid. Here are your tickets.', place: 'Waiting room', card: /^By card: /,
    waitlist: 'Waitlist', offered: 'Seats came back', draw: 'You are in the draw', choose: 'Choose seats', failed: 'did not go through' },
  ko: { join: '대기하기', best: '가장 좋은 좌석 선점', toPay: '결제하기', paid: '결제되었습니다. 티켓을 확인하세요.', place: '대기실', card: /^카드로 결제: /,
    waitlist: '대기 명단', offered: '돌아온 좌석', draw: '추첨에 참여', choose: '좌석 선택', failed: '결제되지 않았습니다' },
};
const TYPES = { ticket_types: [
  { name: 'Full', prices: { VIP: 100_000, R: 80_000, S: 60_000, A: 40_000 } }, { name: 'Child', prices: { VIP: 50_000, R: 40_000, S: 30_000 } },
] };

export async function codes(server, office, complaints, language, device, deviceName) {
  const w = WORDS[language];
  const where = (screen) => `${language} ${deviceName} ${screen}`;
  const context = await browser.newContext({ ...device, locale: language });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('dialog', (dialog) => dialog.accept());
  watch(page, server, complaints);
  const at = async (hash) => page.goto(`${server}/?lang=${language}#/${hash}`);
  const email = `${language}-${deviceName}-codes-${Date.now()}@example.org`;
  const signed = await office.ask('POST', '/users', { body: { email, password: 'correct horse', name: 'Codes' } });
  await at('');
  await page.evaluate((kept) => localStorage.setItem('boxoffice:session', kept), JSON.stringify(signed));
  await page.reload();

  // Two ticket types, one seat of each; the type is changed in the basket; a code takes a tenth off.
  const name = (what) => `${what} ${language} ${deviceName}`;
  const concert = await office.concert({ title: name('Types'), prices: TYPES });
  const [batch] = [await office.desk('POST', `/concerts/${concert.id}/code-batches`, { name: 'Tenth', discount: { percent: 10 }, code: `TENTH-${language}-${deviceName}`.toUpperCase() })];
  check(Boolean(batch), where('codes: made'));
  await at(`concerts/${concert.id}`);
  await page.locator('.grades').first().waitFor();
  await whole(page, where('concert with ticket types'));
  await page.getByRole('button', { name: w.join }).click();
  await page.locator('select[name=quantity]').waitFor();
  check(true, where('choosing: a price level of one ticket type asks for a number alone'));
  await page.locator('input[name=grade][value=R]').check();
  await page.locator('.types select').nth(1).waitFor();
  await page.locator('.types select').nth(0).selectOption('1');
  await page.locator('.types select').nth(1).selectOption('1');
  await page.getByRole('button', { name: w.best, exact: true }).click();
  await page.locator('.basket select.type').nth(1).waitFor();
  const chosen = async () => (await page.locator('.basket select.type').evaluateAll((all) => all.map(({ value }) => value))).sort().join();
  check(await chosen() === 'Child,Full', where(`choosing: a seat of each type (${await chosen()})`));
  await whole(page, where('choosing, ticket types'));
  await page.locator('.basket select.type').nth(1).selectOption('Full');
  await page.waitForFunction(() => [...document.querySelectorAll('.basket select.type')].map(({ value }) => value).join() === 'Full,Full');
  check(true, where('choosing: the type of a held seat is changed'));
  await page.getByRole('link', { name: w.toPay }).click();
  await page.locator('.missing').waitFor();
  const total = () => page.locator('.sum strong').first().innerText();
  const before = await total();
  await page.locator('summary').first().click();
  await page.locator('input[name=code]').fill('NOT-A-CODE');
  await page.locator('details form button').click();
  await page.getByRole('alert').waitFor();
  await page.locator('input[name=code]').fill(`tenth-${language}-${deviceName}`);
  await page.locator('details form button').click();
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await page.waitForFunction((was) => document.querySelector('.sum strong')?.textContent !== was, before);
  check(true, where(`paying: a discount code, ${before} → ${await total()}`));
  await whole(page, where('paying with a code'));

  // By card: declined, then paid; the seats are bought by the return.
  await page.getByRole('button', { name: w.card }).click();
  await page.locator('button[value=declines]').click();
  await page.locator('main', { hasText: w.failed }).waitFor();
  await whole(page, where('checkout, declined'));
  await page.locator('a.button.main').click();
  await page.getByRole('button', { name: w.card }).click();
  await page.locator('button[value=pays]').click();
  await title(page, w.paid);
  check(!new URL(page.url()).search.includes('checkout'), where('checkout: paid by card, and the address is clean'));

  // Standing places: two of a section, one let go, the other paid; what is left is seen.
  const floor = await office.concert({ title: name('Standing'), standing: 3, sections: 1 });
  await at(`concerts/${floor.id}`);
  await page.getByRole('button', { name: w.join }).click();
  await page.locator('.standing form select').selectOption('2');
  await page.locator('.standing form button').click();
  await page.locator('.basket li').nth(1).waitFor();
  await page.locator('.standing .hint', { hasText: /: 1$/ }).waitFor();
  await whole(page, where('choosing, standing places'));
  // The office has let both go, and the page knows it, before the one that is kept is held again.
  let between = 0;
  await page.route('**/v1/holds', async (asked) => {
    if (asked.request().method() === 'POST') {
      await page.locator('.standing .hint', { hasText: /: 3$/ }).waitFor();
      between = await page.locator('.basket li').count();
    }
    await asked.continue();
  });
  await page.locator('.basket li button').first().click();
  await page.locator('.basket li').nth(1).waitFor({ state: 'detached' });
  check(await page.locator('.basket li').count() === 1, where('choosing: a standing place is let go, the other is kept'));
  check(between === 2, where(`choosing: nobody sees the moment in which neither is held (${between})`));
  await page.unroute('**/v1/holds');
  await page.locator('.standing .hint', { hasText: /: 2$/ }).waitFor();
  await office.desk('POST', `/users/${signed.user.id}/top-ups`, { amount: 44_000 });
  await page.getByRole('link', { name: w.toPay }).click();
  await page.locator('.act button.main:not([disabled])').click();
  await title(page, w.paid);
  await page.locator('section.new .ticket-list a').click();
  await page.locator('.ticket dd', { hasText: 'Floor' }).waitFor();
  check(true, where('standing place: paid, and its ticket says where'));

  // A presale code before the sale.
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const presale = await office.concert({ title: name('Presale'), settings: { on_sale_at: soon, queue_opens_at: new Date(Date.now() - 60_000).toISOString() } });
  await office.desk('POST', `/concerts/${presale.id}/code-batches`, { name: 'Club', presale: { tier: 1 }, code: `CLUB-${language}-${deviceName}`.toUpperCase() });
  await at(`concerts/${presale.id}`);
  await page.locator('details summary').first().click();
  await page.locator('input[name=code]').fill('NOT-A-CODE');
  await page.locator('details form button').click();
  await page.getByRole('alert').waitFor();
  await page.locator('input[name=code]').fill(`CLUB-${language}-${deviceName}`);
  await whole(page, where('concert, presale code'));
  await page.locator('details form button').click();
  await title(page, w.place);
  await page.locator('main', { hasText: w.draw }).waitFor();
  check(true, where('presale: a code leads into the draw'));
  await whole(page, where('waiting for the draw'));

  // Sold out: the waitlist, and what comes back is offered and paid.
  const small = await office.concert({ title: name('Small'), sections: 1, rows: 1, seats: 1, settings: { cancel_until_minutes: 60 } });
  const other = await office.buyer(small.id);
  const [seat] = await office.seats(other, small.performance);
  await office.desk('POST', `/users/${other.id}/top-ups`, { amount: seat.price });
  const paid = await office.ask('POST', '/payments', { credential: other.token, body: { seat_ids: [seat.id], amount: seat.price } });
  await office.desk('POST', `/users/${signed.user.id}/top-ups`, { amount: seat.price });
  await at(`concerts/${small.id}`);
  await page.locator(`a[href="#/waitlist/${small.id}"]`).click();
  await page.locator('select[name=date]').waitFor();
  await whole(page, where('waitlist'));
  await page.locator('form button').click();
  await page.locator('section.card').waitFor();
  await whole(page, where('waitlist, on it'));
  await office.ask('POST', `/payments/${paid.id}/cancellations`, { credential: other.secret, body: {} });
  await page.locator('h2', { hasText: w.offered }).waitFor();
  await whole(page, where('waitlist, offered'));
  await page.locator('button.main').click();
  await title(page, w.paid);
  check(true, where('waitlist: what came back is offered and paid'));
  await context.close();
}
