// Prices that change while somebody chooses or pays: the screen says from what to what, asks again, and nobody pays another sum
// than the one that was seen.
import { check } from './browser.mjs';
import { inside, openList } from './inside.mjs';
import { whole } from './screen.mjs';

const PRICES = { VIP: 150_000, R: 130_000, S: 110_000, A: 90_000 };
const text = (page) => page.locator('.repriced').innerText();

export async function repriced(server, office, complaints) {
  const come = (what) => inside(server, office, complaints, what);
  const reprice = (concert, prices) => office.desk('PATCH', `/performances/${concert.performance}`, { prices: { ...PRICES, ...prices } });

  {
    // While somebody chooses: at once, without a reload; what is held keeps its price.
    const { page, context, concert } = await come({ title: 'Repriced' });
    await page.locator('input[name=grade][value=VIP]').check();
    await page.getByRole('button', { name: 'Hold the best' }).click();
    await page.locator('.basket li').nth(1).waitFor();
    await reprice(concert, { VIP: 160_000, R: 125_000 });
    await page.locator('.repriced').waitFor();
    const said = await text(page);
    check(/VIP: ₩150,000 → ₩160,000/.test(said) && /R: ₩130,000 → ₩125,000/.test(said), `prices: what changed, from what to what (${said.replaceAll('\n', ' | ')})`);
    check((said.match(/: ₩150,000$/gm) ?? []).length === 2, 'prices: the held seats keep theirs, and it says so');
    check(await page.locator('.basket .sum strong').innerText() === '₩300,000', 'prices: the sum of what is held stays');
    check(await page.locator('.basket a[href^="#/pay/"]').count() === 0, 'prices: nobody goes on to pay before that was seen');
    check((await page.locator('.legend').innerText()).includes('₩160,000'), 'prices: the legend has the new one');
    await whole(page, 'en phone prices changed while choosing');
    // Once more before that was seen: from what was seen to what is.
    await reprice(concert, { VIP: 170_000 });
    await page.locator('.repriced li', { hasText: '₩170,000' }).waitFor();
    const again = await text(page);
    check(/VIP: ₩150,000 → ₩170,000/.test(again) && !/^R: /m.test(again), 'prices: two changes are told as one, one that was taken back not at all');
    await page.locator('.repriced button').click();
    await page.locator('.repriced').waitFor({ state: 'detached' });
    // One of the two is let go: the other's hold is a new one.
    await page.locator('.basket li button').first().click();
    await page.locator('.repriced li', { hasText: '₩150,000 → ₩170,000' }).waitFor();
    check(/₩150,000 → ₩170,000/.test(await text(page)), 'prices: a seat that is held anew costs what it costs now, and it says so');
    await page.locator('.repriced button').click();
    await page.locator('.basket a[href^="#/pay/"]').waitFor();
    await context.close();
  }
  {
    // Just before the tap: the news have not come yet.
    const { page, context, concert } = await come({ title: 'Repriced before' });
    await page.route('**/seats/stream*', (route) => route.fulfill({ status: 503, body: '{}' }));
    await page.reload();
    await page.locator('seat-map canvas').waitFor();
    await reprice(concert, { VIP: 155_000 });
    await openList(page);
    await page.locator('.seat-list .seat').first().click();
    await page.locator('.repriced').waitFor();
    check(/VIP: ₩150,000 → ₩155,000/.test(await text(page)), 'prices: a seat held at another price than was shown says so');
    await context.close();
  }
  {
    // While somebody pays: what is held keeps its price; what is not any more has another, and is asked for again.
    const { page, context, concert } = await come({ title: 'Repriced paying' });
    await openList(page);
    await page.locator('.seat-list .seat').first().click();
    await page.locator('.basket li').first().waitFor();
    await page.getByRole('link', { name: 'Go on to payment' }).click();
    await page.locator('input[name=amount]').fill('400000');
    await page.getByRole('button', { name: 'Top up', exact: true }).click();
    await page.locator('.missing').waitFor({ state: 'detached' });
    await reprice(concert, { VIP: 180_000 });
    const token = await page.evaluate((id) => JSON.parse(sessionStorage.getItem(`boxoffice:visit:${id}`)).token, concert.id);
    const { holds } = await office.ask('GET', '/holds', { credential: token });
    await office.ask('DELETE', `/holds/${holds[0].id}`, { credential: token });
    await page.getByRole('button', { name: /^Pay / }).click();
    await page.locator('.repriced').waitFor();
    check(/₩150,000 → ₩180,000\. Nothing was paid/.test(await text(page)), 'prices: another sum than was seen is not paid, and it says from what to what');
    await whole(page, 'en phone prices changed while paying');
    await page.getByRole('button', { name: 'Hold them again for ₩180,000' }).click();
    await page.getByRole('button', { name: 'Pay ₩180,000' }).click();
    await page.getByRole('heading', { name: 'Paid. Here are your tickets.' }).waitFor();
    check(true, 'prices: held again at the new price, and paid');
    await context.close();
  }
}
