// What confuses people: each ends in a screen that says what is kept and what to do.
import { browser, check, watch } from './browser.mjs';

/** A page of a buyer who is inside a concert of one's own. */
async function inside(server, office, complaints, { title, ...hall }, prepare = async () => {}) {
  const concert = await office.concert({ title, ...hall });
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'en' });
  await prepare(context);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  watch(page, server, complaints);
  const email = `confused-${Date.now()}-${Math.random()}@example.org`;
  const signed = await office.ask('POST', '/users', { body: { email, password: 'correct horse', name: 'Buyer' } });
  await page.goto(server);
  await page.evaluate((kept) => localStorage.setItem('boxoffice:session', kept), JSON.stringify(signed));
  await page.goto(`${server}/#/concerts/${concert.id}`);
  await page.reload();
  await page.getByRole('button', { name: 'Join the line' }).click();
  await page.locator('seat-map canvas').waitFor();
  return { page, context, concert, signed };
}

const best = async (page) => {
  await page.getByRole('button', { name: 'Hold the best' }).click();
  await page.locator('.basket li').nth(1).waitFor();
};

/** Pays what is held, with money that is topped up first. */
async function pay(page) {
  await page.getByRole('link', { name: 'Go on to payment' }).click();
  await page.getByRole('button', { name: 'Top up', exact: true }).click();
  await page.locator('.missing').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: /^Pay / }).click();
}

export async function confused(server, office, complaints) {
  const come = (what, prepare) => inside(server, office, complaints, what, prepare);
  const ends = async (page, text, what) => {
    await page.locator('main', { hasText: text }).waitFor();
    check(true, `confused: ${what}`);
  };

  {
    const { page, context } = await come({ title: 'Back' });
    await best(page);
    await pay(page);
    await page.getByRole('heading', { name: 'Paid. Here are your tickets.' }).waitFor();
    await page.goBack();
    await ends(page, 'This place in line is over', 'back after paying says that the visit is complete');
    check(await page.getByRole('link', { name: 'Tickets' }).count() > 0, 'confused: and leads to the tickets');
    await context.close();
  }
  {
    const { page, context } = await come({ title: 'Double tap' });
    await page.locator('details.card > summary').click();
    await page.locator('.seat-list > details').first().locator('summary').first().click();
    await page.locator('.seat-list details details').first().locator('summary').click();
    await page.locator('.seat-list .seat').first().dblclick();
    await page.locator('.basket li').first().waitFor();
    check(await page.locator('.basket li').count() === 1, 'confused: a double tap holds the seat once and keeps it');
    await context.close();
  }
  {
    const { page, context, signed } = await come({ title: 'Session' });
    await office.ask('DELETE', '/sessions/current', { credential: signed.session.secret });
    await page.goto(`${server}/#/account`);
    await ends(page, 'You are logged out. Log in again', 'an ended session asks to log in');
    await page.locator('main').getByRole('link', { name: 'Log in' }).click();
    await page.locator('input[name=email]').fill(signed.user.email);
    await page.locator('input[name=password]').fill('correct horse');
    await page.locator('form button').click();
    await ends(page, 'History', 'and comes back to where one was');
    await context.close();
  }
  {
    const { page, context, concert, signed } = await come({ title: 'Replaced' });
    await best(page);
    await office.ask('POST', `/concerts/${concert.id}/queue/tokens`, { credential: signed.session.secret });
    await ends(page, 'You joined anew somewhere else', 'a place that was replaced elsewhere says so');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('link', { name: 'It is your turn: go in' }).click();
    await page.locator('seat-map canvas').waitFor();
    check(true, 'confused: and goes on with the newer place');
    await context.close();
  }
  {
    const { page, context, concert } = await come({ title: 'Lapsed' });
    await best(page);
    await page.getByRole('link', { name: 'Go on to payment' }).click();
    await page.getByRole('button', { name: 'Top up', exact: true }).click();
    await page.locator('.missing').waitFor({ state: 'detached' });
    const token = await page.evaluate((id) => JSON.parse(sessionStorage.getItem(`boxoffice:visit:${id}`)).token, concert.id);
    const { holds } = await office.ask('GET', '/holds', { credential: token });
    await office.ask('DELETE', `/holds/${holds[0].id}`, { credential: token });
    const other = await office.buyer(concert.id);
    await office.hold(other, concert.performance, [holds[0].seats[0].id]);
    await page.getByRole('button', { name: /^Pay / }).click();
    await ends(page, 'this seat is taken', 'a hold that is gone while paying says what was not paid');
    check(await page.getByRole('link', { name: 'Choose seats' }).count() === 1, 'confused: and leads back to the seats');
    await context.close();
  }
  {
    const { page, context, concert } = await come({ title: 'Sold out', sections: 1, rows: 1, seats: 4 });
    const other = await office.buyer(concert.id);
    const seats = await office.seats(other, concert.performance);
    // What others do is not seen here any more.
    await page.route('**/seats/stream*', (route) => route.fulfill({ status: 503, body: '{}' }));
    await page.reload();
    await page.locator('seat-map canvas').waitFor();
    await office.hold(other, concert.performance, seats.slice(0, 3).map(({ id }) => id));
    await page.getByRole('button', { name: 'Hold the best' }).click();
    await ends(page, 'not so many seats left', 'sold out meanwhile says what is left to try');
    // A seat that shows free here and is taken there: its neighbours are offered, and one tap takes one.
    await page.locator('details.card > summary').click();
    await page.locator('.seat-list > details').first().locator('summary').first().click();
    await page.locator('.seat-list details details').first().locator('summary').click();
    await page.locator('.seat-list .seat').nth(2).click();
    await page.locator('.offer button').first().waitFor();
    check(true, 'confused: a taken seat offers what is free beside it');
    await context.close();
  }
  {
    const { page, context } = await come({ title: 'Clock' }, (context) => context.addInitScript(() => {
      const real = Date.now;
      Date.now = () => real() + 3 * 3_600_000;
    }));
    await best(page);
    const left = await page.locator('.basket count-down').innerText();
    check(/^[45]:\d\d$/.test(left), `confused: a phone three hours ahead shows the time that is left (${left})`);
    await context.close();
  }
}
