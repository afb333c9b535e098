// All screens of the buyers' pages in one table, each looked at in both languages: by axe, with letters of twice the size, with
// forced colours and without motion, and by the keyboard alone.
import { known, openList } from './inside.mjs';
import { calm, reachable, whole } from './screen.mjs';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const TYPES = { ticket_types: [{ name: 'Full', prices: { VIP: 100_000, R: 80_000, S: 60_000, A: 40_000 } }, { name: 'Child', prices: { VIP: 50_000, R: 40_000, S: 30_000 } }] };

/** Waits until the office says what is waited for. */
async function until(ask, fits) {
  for (const begun = Date.now(); Date.now() - begun < 30_000; await new Promise((done) => setTimeout(done, 150))) {
    const said = await ask().catch(() => undefined);
    if (said && fits(said)) { return said; }
  }
  throw new Error(`the office never said what is waited for: ${fits}`);
}

/** A world in which one buyer has come to every screen there is. */
async function world(office, signed, tag) {
  const { secret: credential } = signed.session;
  const join = async (concert) => (await office.ask('POST', `/concerts/${concert.id}/queue/tokens`, { credential })).token;
  const make = (what, more = {}) => office.concert({ title: `${what} ${tag}`, rows: 4, seats: 6, ...more });
  const full = await make('Waiting', { inside: 1 });
  await office.buyer(full.id);
  await join(full);
  const soon = { on_sale_at: new Date(Date.now() + 3_600_000).toISOString(), queue_opens_at: new Date(Date.now() - 60_000).toISOString() };
  const presale = await make('Presale', { settings: soon });
  await office.desk('POST', `/concerts/${presale.id}/code-batches`, { name: 'Club', presale: { tier: 1 }, code: `SCREENS-${tag.toUpperCase()}` });
  const drawn = await make('Drawn', { inside: 1, settings: { ...soon, on_sale_at: new Date(Date.now() + 2500).toISOString() } });
  await office.buyer(drawn.id);
  const drawnToken = await join(drawn);
  await until(() => office.ask('GET', '/queue/position', { credential: drawnToken }), ({ number }) => number);
  const beforeDraw = await make('Before the draw', { settings: soon });
  await join(beforeDraw);
  const open = await make('Choosing', { standing: 5 });
  await join(open);
  const typed = await make('Types', { prices: TYPES });
  const typedToken = await join(typed);
  const [seat, beside] = await office.seats({ token: typedToken }, typed.performance);
  await office.ask('POST', '/holds', { credential: typedToken, body: { performance_id: typed.performance, seat_ids: [seat.id, beside.id], types: ['Full', 'Child'] } });
  await office.desk('POST', `/concerts/${typed.id}/code-batches`, { name: 'Tenth', discount: { percent: 10 }, code: `TENTH-SCREENS-${tag.toUpperCase()}` });
  const empty = await make('Nothing held');
  await join(empty);
  const bought = await make('Bought', { settings: { cancel_until_minutes: 60, cancel_fee: 1000 } });
  await office.desk('POST', `/users/${signed.user.id}/top-ups`, { amount: 150_000 });
  const token = await join(bought);
  const [mine] = await office.seats({ token }, bought.performance);
  const paid = await office.ask('POST', '/payments', { credential: token, body: { seat_ids: [mine.id], amount: mine.price } });
  const small = await make('Sold out', { sections: 1, rows: 1, seats: 1, settings: { cancel_until_minutes: 60 } });
  const list = await make('On the waitlist', { sections: 1, rows: 1, seats: 1 });
  const back = await make('Offered', { sections: 1, rows: 1, seats: 1, settings: { cancel_until_minutes: 60 } });
  for (const concert of [small, list, back]) {
    const other = await office.buyer(concert.id);
    const [only] = await office.seats(other, concert.performance);
    await office.desk('POST', `/users/${other.id}/top-ups`, { amount: only.price });
    const payment = await office.ask('POST', '/payments', { credential: other.token, body: { seat_ids: [only.id], amount: only.price } });
    if (concert === small) { continue; }
    await office.ask('POST', `/concerts/${concert.id}/waitlist`, { credential, body: { quantity: 1 } });
    if (concert === back) { await office.ask('POST', `/payments/${payment.id}/cancellations`, { credential: other.secret, body: {} }); }
  }
  await until(() => office.ask('GET', `/concerts/${back.id}/waitlist`, { credential }), ({ offer }) => offer);
  const checkout = await office.ask('POST', '/balance/checkouts', { credential, body: { amount: 1000 } });
  const over = await make('Over', { inside: 1 });
  await office.buyer(over.id);
  const lost = { token: await join(over) };
  return { full, presale, drawn, beforeDraw, open, typed, empty, bought, small, list, back, over, lost, checkout, ticket: paid.tickets[0].code };
}

/** Name, who looks, address, what is there when it is, and what is opened then. */
const table = (w, office) => [
  ['on sale', 'buyer', '', '.cards a'],
  ['concert', 'buyer', `concerts/${w.bought.id}`, '.conditions'],
  ['concert, presale', 'buyer', `concerts/${w.presale.id}`, '.conditions', (page) => page.locator('main details summary').first().click()],
  ['concert, sold out', 'buyer', `concerts/${w.small.id}`, `a[href="#/waitlist/${w.small.id}"]`],
  ['sign up', 'nobody', 'sign-up', 'input[name=name]'],
  ['log in', 'nobody', 'log-in', 'input[name=password]'],
  ['forgotten', 'nobody', 'forgotten', 'input[name=email]'],
  ['new password', 'nobody', 'reset-password/none', 'input[name=password]'],
  ['confirm e-mail', 'nobody', 'confirm-email/none', 'main form button'],
  ['waiting', 'buyer', `wait/${w.full.id}`, '#ahead'],
  ['waiting for the draw', 'buyer', `wait/${w.beforeDraw.id}`, '.place'],
  ['draw', 'buyer', `draw/${w.drawn.id}`, 'main ul.card'],
  ['choosing: map, best, standing', 'buyer', `choose/${w.open.id}`, '.standing form'],
  ['choosing: list', 'buyer', `choose/${w.open.id}`, 'seat-map canvas', openList],
  ['choosing: types', 'buyer', `choose/${w.typed.id}`, '.basket select.type'],
  ['paying, a code', 'buyer', `pay/${w.typed.id}`, '.bill', (page) => page.locator('main details summary').click()],
  ['checkout', 'buyer', `checkout/${w.checkout.id}`, 'section.card[role=status]'],
  ['tickets', 'buyer', 'tickets', '.ticket-list a'],
  ['tickets, cancelling', 'buyer', 'tickets', '.ticket-list a', (page) => page.locator('details.cancel summary').click()],
  ['ticket', 'buyer', `ticket/${w.ticket}`, 'img.qr'],
  ['ticket, handing on', 'buyer', `ticket/${w.ticket}`, 'img.qr', (page) => page.locator('details.actions summary').click()],
  ['waitlist', 'buyer', `waitlist/${w.small.id}`, 'select[name=date]'],
  ['waitlist, on it', 'buyer', `waitlist/${w.list.id}`, 'section.card'],
  ['waitlist, offered', 'buyer', `waitlist/${w.back.id}`, 'section.card count-down'],
  ['account', 'buyer', 'account', 'tbody tr'],
  ['security', 'buyer', 'security', '.sessions li'],
  ['set-up', 'nobody', 'set-up', 'input[name=title]'],
  ['ended', 'buyer', `wait/${w.over.id}`, '#ahead', async (page) => {
    await office.leave(w.lost);
    await page.locator('.trouble').waitFor();
  }],
  ['error: nothing held to pay', 'buyer', `pay/${w.empty.id}`, '.trouble'],
  ['error: no such concert', 'nobody', `concerts/${NOBODY}`, '.trouble'],
  ['error: no such ticket', 'buyer', 'ticket/0000-0000-0000-0000-0000-0000', '.trouble'],
  ['error: no such checkout', 'buyer', `checkout/${NOBODY}`, '.trouble'],
  ['error: no draw yet', 'buyer', `draw/${w.beforeDraw.id}`, '.trouble'],
  ['error: logged out', 'stale', 'account', '.trouble a.button'],
  ['error: no network', 'lost', '', '.trouble'],
];

export async function screens(server, office, complaints, language, device, deviceName) {
  const { page, context, signed, network } = await known(server, office, complaints, { language, device });
  const all = table(await world(office, signed, `${language} ${deviceName}`), office);
  const stale = { ...signed, session: { ...signed.session, secret: 'x'.repeat(43) } };
  for (const [name, who, hash, ready, then] of all) {
    const where = `${language} ${deviceName} ${name}`;
    const kept = { buyer: signed, lost: signed, stale, nobody: null }[who];
    await page.goto(`${server}/?lang=${language}#/blank`);
    await page.evaluate((kept) => {
      kept ? localStorage.setItem('boxoffice:session', kept) : localStorage.removeItem('boxoffice:session');
      sessionStorage.clear();
    }, kept && JSON.stringify(kept));
    network.offline = who === 'lost';
    if (who === 'lost') { await page.route('**/v1/**', (route) => route.abort()); }
    await page.goto(`${server}/?lang=${language}#/${hash}`);
    await page.reload();
    await page.locator(ready).first().waitFor();
    await then?.(page);
    await whole(page, where);
    await calm(page, where);
    await reachable(page, where);
    if (who === 'lost') { await page.unroute('**/v1/**'); }
    network.offline = false;
  }
  console.log(`screens: ${all.length} in ${language} on a ${deviceName}`);
  await context.close();
}
