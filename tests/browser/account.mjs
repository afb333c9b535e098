// One's account: a password chosen anew by mail, the address confirmed, other sessions ended, tickets cancelled and handed on,
// one's data fetched, the account deleted.
import { readFileSync } from 'node:fs';
import { browser, check, watch } from './browser.mjs';
import { title, whole } from './screen.mjs';

const WORDS = {
  ko: { logIn: '로그인', sent: '메일을 보냈습니다', reset: /비밀번호|new password/i, confirm: /확인|confirm/i, newPassword: '새 비밀번호', security: '보안과 개인정보', confirmed: '확인되었습니다',
    isConfirmed: '확인된 주소', handed: '양도받은 티켓', cancelled: '취소되었습니다', deleted: '계정이 삭제되었습니다', history: '환불', gone: '티켓이 없습니다',
    changed: '비밀번호가 변경되었습니다', link: '링크' },
  en: { logIn: 'Log in', sent: 'The mail is on its way', reset: /비밀번호|new password/i, confirm: /확인|confirm/i, newPassword: 'New password', security: 'Security and privacy',
    confirmed: 'Thank you', isConfirmed: 'is confirmed', handed: 'Handed on to you', cancelled: 'Cancelled', deleted: 'The account is deleted', history: 'Refund',
    gone: 'no tickets', changed: 'The password is changed', link: 'link' },
};
const PASSWORD = 'correct horse';

export async function account(server, office, complaints, language, device, deviceName) {
  const w = WORDS[language];
  const where = (screen) => `${language} ${deviceName} ${screen}`;
  const context = await browser.newContext({ ...device, locale: language, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('dialog', (dialog) => dialog.accept());
  watch(page, server, complaints);
  const at = async (hash) => page.goto(`${server}/?lang=${language}#/${hash}`);
  const says = (text) => page.locator('main', { hasText: text }).waitFor();
  const submit = (name) => page.locator('form', { has: page.locator(`input[name=${name}]`) }).locator('button').click();

  const email = `${language}-${deviceName}-account-${Date.now()}@example.org`;
  const signed = await office.ask('POST', '/users', { body: { email, password: PASSWORD, name: 'Account' } });
  const confirmation = await office.secretTo(email, w.confirm);

  // Forgotten: by mail, from the log-in.
  await at('log-in');
  await page.locator('a[href="#/forgotten"]').click();
  await page.locator('form button:not([disabled])').waitFor();
  await whole(page, where('forgotten'));
  await page.locator('input[name=email]').fill(email);
  await submit('email');
  await title(page, w.sent);
  await whole(page, where('mail sent'));
  const secret = await office.secretTo(email, w.reset);
  await at('reset-password/not-this-one');
  await page.locator('input[name=password]').fill('battery staple');
  await submit('password');
  await says(w.link);
  check(await page.getByRole('alert').count() === 1, where('new password: a link that is over says so'));
  await at(`reset-password/${secret}`);
  await page.locator('input[name=password]').waitFor();
  await whole(page, where('new password'));
  await page.locator('input[name=password]').fill('battery staple');
  await submit('password');
  await page.locator('a[href="#/account"]').waitFor();
  check(true, where('new password: logged in with it'));
  const old = await fetch(`${server}/v1/account`, { headers: { Authorization: `Bearer ${signed.session.secret}` } });
  check(old.status === 401, where('new password: all other sessions are over'));

  // The address is confirmed by the reset already; its own link says what it is.
  await at(`confirm-email/${confirmation}`);
  await page.locator('form button').waitFor();
  await whole(page, where('confirm the address'));
  await page.locator('form button').click();
  await page.locator('h1, .trouble', { hasText: new RegExp(`${w.confirmed}|${w.link}`) }).first().waitFor();

  // Sessions, password, data.
  const elsewhere = await office.ask('POST', '/sessions', { body: { email, password: 'battery staple' } });
  await at('security');
  await says(w.isConfirmed);
  await page.locator('.sessions li').nth(1).waitFor();
  await whole(page, where('security'));
  await page.locator('.sessions button').click();
  await page.locator('.sessions li').nth(1).waitFor({ state: 'detached' });
  const ended = await fetch(`${server}/v1/account`, { headers: { Authorization: `Bearer ${elsewhere.session.secret}` } });
  check(ended.status === 401, where('security: a session elsewhere is ended'));
  await page.locator('input[name=current]').fill('wrong horse');
  await page.locator('input[name=password]').fill('staple battery');
  await submit('current');
  await page.getByRole('alert').waitFor();
  await page.locator('input[name=current]').fill('battery staple');
  await submit('current');
  await says(w.changed);
  check(true, where('security: the password is changed by who knows the old one'));
  const [file] = await Promise.all([page.waitForEvent('download'), page.locator('section.card button:not(.plain)').last().click()]);
  const data = JSON.parse(readFileSync(await file.path(), 'utf8'));
  check(data.account.email === email, where('security: one’s data as a file'));

  // Two tickets: one is cancelled, one handed on, and the other account has it.
  const concert = await office.concert({ title: `Given back ${language} ${deviceName}`, settings: { cancel_until_minutes: 60, cancel_fee: 1000 } });
  const { session } = await office.ask('POST', '/sessions', { body: { email, password: 'staple battery' } });
  const me = await office.ask('GET', '/account', { credential: session.secret });
  await office.desk('POST', `/users/${me.id}/top-ups`, { amount: 300_000 });
  const { token } = await office.ask('POST', `/concerts/${concert.id}/queue/tokens`, { credential: session.secret });
  const seats = (await office.seats({ token }, concert.performance)).slice(0, 2);
  const amount = seats.reduce((sum, seat) => sum + seat.price, 0);
  await office.ask('POST', '/payments', { credential: token, body: { seat_ids: seats.map(({ id }) => id), amount } });
  await at(`concerts/${concert.id}`);
  await page.locator('.conditions').waitFor();
  await whole(page, where('concert with conditions'));
  await at('tickets');
  await page.locator('details.cancel summary').click();
  await page.locator('details.cancel input').first().check();
  await whole(page, where('tickets, cancelling'));
  await page.locator('details.cancel button').click();
  await says(w.cancelled);
  check(await page.locator('.ticket-list a').count() === 1, where('tickets: one is cancelled'));
  await page.locator('.ticket-list a').click();
  await page.locator('img.qr').waitFor();
  const friend = `${language}-${deviceName}-friend-${Date.now()}@example.org`;
  await office.ask('POST', '/users', { body: { email: friend, password: PASSWORD, name: 'Friend' } });
  await page.locator('details.actions summary').click();
  await page.locator('input[name=email]').fill(friend);
  await whole(page, where('ticket, handing on'));
  await submit('email');
  await page.locator('.ticket-list').waitFor();
  await page.locator('.ticket-list a').waitFor({ state: 'detached' });
  check(true, where('tickets: the other is handed on'));
  await at('account');
  await says(w.history);
  await whole(page, where('account with a history'));

  // The account's end; then the friend, in the same browser.
  await at('security');
  // The account's own forms are still there for a moment.
  await page.locator('.sessions li').first().waitFor();
  await page.locator('form.card').last().locator('button').click();
  await page.locator('input[name=give-up]').check();
  await whole(page, where('security, giving up the balance'));
  await page.locator('form.card').last().locator('button').click();
  await page.locator('a[href="#/log-in"]').waitFor();
  const gone = await fetch(`${server}/v1/sessions`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ email, password: 'staple battery' }),
  });
  check(gone.status === 401, where('security: the account is deleted'));
  await at('log-in');
  await page.locator('input[name=email]').fill(friend);
  await page.locator('input[name=password]').fill(PASSWORD);
  await submit('email');
  await page.locator('a[href="#/tickets"]').click();
  await says(w.handed);
  await whole(page, where('tickets, handed on'));
  await page.locator('.ticket-list a').click();
  await page.locator('img.qr').waitFor();
  check(true, where('tickets: what was handed on is shown to its new owner'));
  await context.close();
}
