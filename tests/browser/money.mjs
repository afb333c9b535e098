// Money by card from the account, and what comes back when it was meant for seats that are gone; a standing area that is tapped.
import { check } from './browser.mjs';
import { best, inside, known } from './inside.mjs';
import { whole } from './screen.mjs';

export async function money(server, office, complaints) {
  {
    // From the account: broken off, then paid; the balance has it once.
    const { page, context, signed } = await known(server, office, complaints, { address: 'account' });
    await page.locator('input[name=amount]').fill('50000');
    await page.getByRole('button', { name: 'Top up by card' }).click();
    await page.locator('button[value=declines]').click();
    await page.locator('main', { hasText: 'Nothing was taken' }).waitFor();
    check(true, 'top-up by card: declined, and it says that nothing was taken');
    await page.getByRole('link', { name: 'Account' }).last().click();
    await page.locator('input[name=amount]').fill('50,000');
    await page.getByRole('button', { name: 'Top up by card' }).click();
    await page.locator('button[value=pays]').click();
    await page.locator('main', { hasText: 'The money is on your balance' }).waitFor();
    await whole(page, 'en phone top-up by card, paid');
    // Back and again: the same checkout is settled once.
    await page.reload();
    await page.locator('main', { hasText: 'The money is on your balance' }).waitFor();
    const { balance } = await office.ask('GET', '/balance', { credential: signed.session.secret });
    check(balance === 50_000, `top-up by card: once on the balance (${balance})`);
    await context.close();
  }
  {
    // While one waits: the money is there before one's turn, the place is kept over the way to the payment service and back.
    const concert = await office.concert({ title: 'Money before the turn', inside: 1 });
    const first = await office.buyer(concert.id);
    const { page, context } = await known(server, office, complaints, { address: `concerts/${concert.id}` });
    await page.locator('main button.main').click();
    await page.locator('#ahead').waitFor();
    const number = await page.locator('.place dd').first().innerText();
    await page.locator('summary', { hasText: 'Top up while you wait' }).click();
    await whole(page, 'en phone waiting, topping up');
    await page.locator('input[name=amount]').fill('300,000');
    await page.getByRole('button', { name: 'Top up', exact: true }).click();
    await page.locator('main', { hasText: '₩300,000' }).waitFor();
    await page.locator('input[name=amount]').fill('100,000');
    await page.getByRole('button', { name: 'Top up by card' }).click();
    await page.locator('button[value=pays]').click();
    await page.locator('main', { hasText: '₩400,000' }).waitFor();
    await page.locator('#ahead').waitFor();
    check(await page.locator('.place dd').first().innerText() === number, `waiting: topped up by oneself and by card, and still number ${number}`);
    await office.leave(first);
    await page.locator('seat-map canvas').waitFor();
    await best(page);
    await page.locator('.basket a[href^="#/pay/"]').click();
    await page.locator('.act button.main:not([disabled])').click();
    await page.getByRole('heading', { name: 'Paid. Here are your tickets.' }).waitFor();
    check(true, 'waiting: and paid with it at once');
    await context.close();
  }
  {
    // then_pay, but the seats are gone when the money comes: the money is there, and it says what to do.
    const { page, context, concert, signed } = await inside(server, office, complaints, { title: 'Paid too late' });
    await best(page);
    await page.locator('.basket a[href^="#/pay/"]').click();
    await page.getByRole('button', { name: /^By card/ }).click();
    await page.locator('button[value=pays]').waitFor();
    const { token } = await office.ask('GET', `/concerts/${concert.id}/queue/tokens/current`, { credential: signed.session.secret });
    const { holds } = await office.ask('GET', '/holds', { credential: token });
    await office.ask('DELETE', `/holds/${holds[0].id}`, { credential: token });
    const other = await office.buyer(concert.id);
    await office.hold(other, concert.performance, holds[0].seats.map(({ id }) => id));
    await page.locator('button[value=pays]').click();
    await page.locator('main', { hasText: /no longer held when the money came/ }).waitFor();
    await whole(page, 'en phone paid too late');
    const { balance } = await office.ask('GET', '/balance', { credential: signed.session.secret });
    check(balance === holds[0].amount, `then_pay: the seats were gone, the money is on the balance (${balance})`);
    await page.locator('a.button.main').click();
    await page.getByRole('link', { name: 'Choose seats' }).click();
    await best(page);
    await page.locator('.basket a[href^="#/pay/"]').click();
    await page.locator('.act button.main:not([disabled])').click();
    await page.getByRole('heading', { name: 'Paid. Here are your tickets.' }).waitFor();
    check(true, 'then_pay: and buys others');
    await context.close();
  }
  {
    // A standing area on the map: a tap leads to its form.
    const { page, context } = await inside(server, office, complaints, { title: 'Floor', standing: 20, rows: 4, seats: 6, sections: 1 });
    await page.locator('seat-map').scrollIntoViewIfNeeded();
    // The whole hall is seen: where its middle is on the screen follows from its size.
    const at = await page.evaluate(() => {
      const map = document.querySelector('seat-map');
      const { seats } = map;
      const [{ outline }] = seats.areas;
      const box = map.querySelector('[role=application]').getBoundingClientRect();
      const scale = Math.min(0.9, box.width / (seats.right - seats.left), box.height / (seats.bottom - seats.top));
      const middle = (axis) => outline.reduce((sum, one) => sum + one[axis], 0) / outline.length;
      return {
        x: box.left + (box.width - (seats.left + seats.right) * scale) / 2 + middle('x') * scale,
        y: box.top + (box.height - (seats.top + seats.bottom) * scale) / 2 + middle('y') * scale,
      };
    });
    await page.touchscreen.tap(at.x, at.y);
    await page.waitForFunction(() => document.activeElement?.closest('.standing form'));
    check(await page.evaluate(() => document.activeElement.closest('form').dataset.section) === 'Floor', 'a tap on a standing area leads to its form');
    await page.locator('.standing form button').click();
    await page.locator('.basket li').first().waitFor();
    check(true, 'and its places are held');
    await context.close();
  }
}
