// Each step of a buyer's way, shaken: reloaded, opened in a second tab, without a network, on a slow one. Nothing is lost, and
// whatever cannot be shown says so and comes back.
import { check, watch } from './browser.mjs';
import { known } from './inside.mjs';

export async function steps(server, office, complaints, language, device, deviceName) {
  const concert = await office.concert({ title: `Shaken ${language} ${deviceName}`, inside: 1, rows: 4, seats: 8 });
  const first = await office.buyer(concert.id);
  const { page, context, signed, network } = await known(server, office, complaints, { language, device });
  await page.evaluate(() => navigator.serviceWorker.ready);
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  const slow = (latency) => devtools.send('Network.emulateNetworkConditions', {
    offline: false, latency, downloadThroughput: latency ? 60_000 : -1, uploadThroughput: latency ? 25_000 : -1,
  });
  const lose = async (lost) => {
    network.offline = lost;
    await context.setOffline(lost);
  };
  /** What is to be seen of a step: the text of what it is known by. */
  const seen = async (tab, { shows }) => {
    await tab.locator(shows).first().waitFor();
    return (await tab.locator(shows).allInnerTexts()).join(' | ');
  };

  async function shake(step) {
    const where = (what) => `${language} ${deviceName} ${step.name}: ${what}`;
    const was = await seen(page, step);
    const same = (now) => !step.keeps || now === was;
    await page.reload();
    check(same(await seen(page, step)), where('the same after a reload'));
    const tab = await context.newPage();
    tab.setDefaultTimeout(60_000);
    watch(tab, server, complaints);
    await tab.goto(page.url());
    check(same(await seen(tab, step)), where('the same in a second tab'));
    await tab.close();
    // Without a network: what was seen stays, or a reload says what is the matter and how to go on.
    await lose(true);
    await page.reload();
    await page.locator(`main .trouble, main ${step.offline ?? 'h1'}`).first().waitFor();
    check(await page.locator('main h1').count() === 1 && await page.locator('header .venue').count() === 1, where('a reload without a network shows the page'));
    const said = await page.locator('main .trouble').count();
    check(step.offline ? await page.locator(step.offline).count() > 0 : said > 0, where(step.offline ? 'it needs no network' : 'it says that there is no network'));
    await lose(false);
    const again = page.locator('main .trouble button');
    if (await again.count()) { await again.first().click().catch(() => undefined); }
    check(same(await seen(page, step)), where('the same when the network is back'));
    await slow(300);
    await page.reload();
    check(same(await seen(page, step)), where('the same on a slow network'));
    await slow(0);
    await seen(page, step);
  }

  const at = (hash) => page.goto(`${server}/?lang=${language}#/${hash}`);
  const way = [
    { name: 'on sale', go: () => at(''), shows: '.cards h3', keeps: true },
    { name: 'concert', go: () => at(`concerts/${concert.id}`), shows: '.conditions', keeps: true },
    { name: 'log in', go: () => at('log-in'), shows: 'input[name=password]', offline: 'input[name=password]' },
    { name: 'sign up', go: () => at('sign-up'), shows: 'input[name=name]', offline: 'input[name=name]' },
    {
      name: 'waiting',
      async go() {
        await at(`concerts/${concert.id}`);
        await page.locator('main .act button.main').click();
      },
      shows: '.place dd >> nth=0', keeps: true,
    },
    {
      name: 'choosing',
      async go() {
        await office.leave(first);
        await page.locator('seat-map canvas').waitFor();
      },
      shows: '.legend', keeps: true,
    },
    {
      name: 'held',
      async go() {
        await page.locator('form.best button').click();
        await page.locator('.basket li').nth(1).waitFor();
      },
      shows: '.basket li', keeps: true,
    },
    { name: 'paying', go: () => page.locator('.basket a[href^="#/pay/"]').click(), shows: '.bill li', keeps: true },
    {
      name: 'paying, with the money',
      async go() {
        await page.locator('form.card:has(input[name=amount]) button').click();
        await page.locator('.missing').waitFor({ state: 'detached' });
      },
      shows: '.act button.main:not([disabled])', keeps: true,
    },
    {
      name: 'tickets',
      async go() {
        await page.locator('.act button.main').click();
        await page.locator('section.new').waitFor();
      },
      shows: '.ticket-list a', keeps: true,
    },
    { name: 'ticket', go: () => page.locator('.ticket-list a').first().click(), shows: '.ticket .code', keeps: true, offline: '.ticket .code' },
    { name: 'account', go: () => at('account'), shows: 'tbody tr', keeps: true },
  ];
  for (const step of way) {
    await step.go();
    await shake(step);
  }
  const payments = await office.ask('GET', '/payments', { credential: signed.session.secret });
  check(payments.payments.length === 1 && payments.payments[0].tickets.length === 2, `${language} ${deviceName}: after all of that one payment of two tickets`);
  await context.close();
}
