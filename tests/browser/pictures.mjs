// The README's pictures, of the real pages of a demonstration with a crowd.
//   node pictures.mjs http://127.0.0.1:8080 FOLDER en      (see ../../.ci/pictures, which starts everything)
import { browser } from './browser.mjs';

const [server, folder, language] = process.argv.slice(2);
const LANGUAGES = { en: { be: 'Log in as the buyer', join: 'Join the line', best: 'Hold the best', toPay: 'Go on to payment', pay: /^Pay / },
  ko: { be: '구매자로 로그인', join: '대기하기', best: '가장 좋은 좌석 선점', toPay: '결제하기', pay: /결제$/ } };

const w = LANGUAGES[language];
const context = await browser.newContext({ viewport: { width: 390, height: 760 }, deviceScaleFactor: 1.5, locale: language });
const page = await context.newPage();
page.setDefaultTimeout(240_000);
const shot = (name) => page.screenshot({ path: `${folder}/pages-${name}-${language}.png` });
await page.goto(`${server}/?lang=${language}`);
await page.getByRole('button', { name: w.be }).click();
await page.locator('a[href="#/tickets"]').waitFor();
await page.getByRole('link', { name: 'Demo Concert' }).click();
await page.getByRole('button', { name: w.join }).click();
await page.locator('#ahead').waitFor();
await page.locator('#fresh:not(:empty)').waitFor();
await shot('waiting');
await page.locator('seat-map canvas').waitFor();
await page.getByRole('button', { name: w.best, exact: true }).click();
await page.locator('.basket li').nth(1).waitFor();
await page.setViewportSize({ width: 390, height: 1150 });
await page.evaluate(() => {
  document.querySelector('.basket').style.position = 'static';
  document.querySelector('section.map').scrollIntoView();
});
await page.waitForTimeout(400);
await shot('seats');
await page.setViewportSize({ width: 390, height: 760 });
await page.getByRole('link', { name: w.toPay }).click();
await page.getByRole('button', { name: w.pay }).click();
await page.locator('.ticket-list a').first().click();
await page.locator('img.qr').waitFor();
await shot('ticket');
await browser.close();
