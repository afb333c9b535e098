// What confuses people: each ends in a screen that says what is kept and what to do.
import { check } from './browser.mjs';
import { best, inside, openList, payFor } from './inside.mjs';

const tokenOf = (page, concert) => page.evaluate((id) => JSON.parse(sessionStorage.getItem(`boxoffice:visit:${id}`)).token, concert.id);

export async function confused(server, office, complaints) {
  const come = (what, prepare) => inside(server, office, complaints, what, prepare && { prepare });
  const ends = async (page, text, what) => {
    await page.locator('main', { hasText: text }).waitFor();
    check(true, `confused: ${what}`);
  };
  const toPay = (page) => page.locator('.basket a[href^="#/pay/"]').click();

  {
    const { page, context } = await come({ title: 'Back' });
    await best(page);
    // Back from paying, and there again: what is held is held.
    await toPay(page);
    await page.locator('.bill li').first().waitFor();
    await page.goBack();
    await page.locator('.basket li').nth(1).waitFor();
    check(await page.locator('.basket li').count() === 2, 'confused: back from paying, the seats are held still');
    await page.goForward();
    await page.locator('.bill li').first().waitFor();
    await page.goBack();
    await payFor(page);
    await page.getByRole('heading', { name: 'Paid. Here are your tickets.' }).waitFor();
    await page.goBack();
    await ends(page, 'This place in line is over', 'back after paying says that the visit is complete');
    check(await page.locator('main').getByRole('link', { name: 'Tickets' }).count() > 0, 'confused: and leads to the tickets');
    await context.close();
  }
  {
    // Back from the waiting room leads to the concert, which knows the place; so does the way in again.
    const concert = await office.concert({ title: 'Back from the line', inside: 1 });
    const other = await office.buyer(concert.id);
    const { page, context } = await come({ title: 'Elsewhere' });
    await page.goto(`${server}/#/concerts/${concert.id}`);
    await page.getByRole('button', { name: 'Join the line' }).click();
    await page.locator('#ahead').waitFor();
    const number = await page.locator('.place dd').first().innerText();
    await page.goBack();
    await page.getByRole('link', { name: 'Back to your place in line' }).click();
    await page.locator('#ahead').waitFor();
    check(await page.locator('.place dd').first().innerText() === number, 'confused: back from the line costs no place, and the concert leads back to it');
    await office.leave(other);
    await page.locator('seat-map canvas').waitFor();
    await context.close();
  }
  {
    const { page, context } = await come({ title: 'Double tap' });
    await openList(page);
    await page.locator('.seat-list .seat').first().dblclick();
    await page.locator('.basket li').first().waitFor();
    check(await page.locator('.basket li').count() === 1, 'confused: a double tap holds the seat once and keeps it');
    await context.close();
  }
  {
    const { page, context, signed } = await come({ title: 'Double join' });
    const other = await office.concert({ title: 'Joined twice', inside: 1 });
    await office.buyer(other.id);
    await page.goto(`${server}/#/concerts/${other.id}`);
    const asked = [];
    page.on('request', (request) => { if (request.method() === 'POST' && request.url().includes('/queue/tokens')) { asked.push(request.url()); } });
    await page.getByRole('button', { name: 'Join the line' }).dblclick();
    await page.locator('#ahead').waitFor();
    const { number } = await office.ask('GET', `/concerts/${other.id}/queue/tokens/current`, { credential: signed.session.secret });
    check(asked.length === 1 && number === 2, `confused: a double tap on the way in joins once (${asked.length}, number ${number})`);
    await context.close();
  }
  {
    const { page, context, signed } = await come({ title: 'Session' });
    await best(page);
    // The session is over while somebody chooses: what the place in line may needs none.
    await office.ask('DELETE', '/sessions/current', { credential: signed.session.secret });
    await openList(page);
    await page.locator('.seat-list .seat:not([disabled]):not(.mine)').first().click();
    await page.locator('.basket li').nth(2).waitFor();
    check(true, 'confused: a session that is over costs nobody the seats');
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
    // Replaced while paying: the newer place is another one, the seats of the older are free.
    const { page, context, concert, signed } = await come({ title: 'Replaced while paying' });
    await best(page);
    await toPay(page);
    await page.locator('form.card:has(input[name=amount]) button').click();
    await page.locator('.missing').waitFor({ state: 'detached' });
    await office.ask('POST', `/concerts/${concert.id}/queue/tokens`, { credential: signed.session.secret });
    await page.getByRole('button', { name: /^Pay / }).click();
    await ends(page, /You joined anew somewhere else|the seats became free|is held any more/, 'replaced while paying says what became of the seats');
    check(!(await office.ask('GET', '/payments', { credential: signed.session.secret })).payments.length, 'confused: and nothing was paid');
    await context.close();
  }
  {
    const { page, context, concert } = await come({ title: 'Lapsed' });
    await best(page);
    await toPay(page);
    await page.locator('form.card:has(input[name=amount]) button').click();
    await page.locator('.missing').waitFor({ state: 'detached' });
    const token = await tokenOf(page, concert);
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
    await office.leave(other);
    await office.hold(await office.buyer(concert.id), concert.performance, [seats[2].id]);
    await openList(page);
    await page.locator('.seat-list .seat').nth(2).click();
    await page.locator('.offer button').first().waitFor();
    check(true, 'confused: a taken seat offers what is free beside it');
    await page.locator('.offer button').first().click();
    await page.locator('.basket li').first().waitFor();
    check(await page.locator('.basket li').count() === 1, 'confused: and one tap takes it');
    await context.close();
  }
  {
    // The last seats go while somebody looks at them: the screen shows it at once.
    const { page, context, concert } = await come({ title: 'Gone before one’s eyes', sections: 1, rows: 1, seats: 3 });
    const other = await office.buyer(concert.id);
    await openList(page);
    await office.hold(other, concert.performance, (await office.seats(other, concert.performance)).map(({ id }) => id));
    await page.waitForFunction(() => [...document.querySelectorAll('.seat-list .seat')].every(({ disabled }) => disabled));
    check(true, 'confused: seats that others take are seen at once');
    await page.getByRole('button', { name: 'Hold the best' }).click();
    await ends(page, 'not so many seats left', 'and whoever asks for them is told what to try');
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
    const inside = await page.locator('.inside count-down').innerText();
    check(/^(9|10):\d\d$/.test(inside), `confused: and the time to choose (${inside})`);
    await page.reload();
    await page.locator('.basket li').nth(1).waitFor();
    await payFor(page);
    await page.getByRole('heading', { name: 'Paid. Here are your tickets.' }).waitFor();
    check(true, 'confused: and it can pay');
    await context.close();
  }
}

/** A hold whose time is over while somebody pays, in an office whose holds are short. */
export async function lapsed(server, office, complaints) {
  const { page, context, signed } = await inside(server, office, complaints, { title: 'Short holds' });
  await best(page);
  await page.locator('.basket a[href^="#/pay/"]').click();
  await page.locator('.bill li').first().waitFor();
  await page.locator('main', { hasText: 'Time ran out' }).or(page.locator('main .trouble')).first().waitFor({ timeout: 60_000 });
  await page.getByRole('link', { name: 'Choose seats' }).waitFor();
  check((await page.locator('main .trouble').innerText()).length > 20, 'confused: a hold whose time is over while paying says so, and leads back to the seats');
  await page.getByRole('link', { name: 'Choose seats' }).click();
  await page.locator('seat-map canvas').waitFor();
  await best(page);
  check(!(await office.ask('GET', '/payments', { credential: signed.session.secret })).payments.length, 'confused: nothing was paid, and seats are held anew');
  await context.close();
}
