// The guides' pictures: the desk of a demonstration while a crowd buys.
//   node desk-pictures.mjs http://127.0.0.1:8080 FOLDER en OPERATOR_KEY      (see ../../.ci/pictures, which starts everything)
import { browser } from './browser.mjs';

const [server, folder, language, key] = process.argv.slice(2);
const context = await browser.newContext({ viewport: { width: 1180, height: 860 }, locale: language });
const page = await context.newPage();
page.setDefaultTimeout(60_000);
const shot = (name) => page.screenshot({ path: `${folder}/desk-${name}-${language}.png` });
await page.goto(`${server}/desk?lang=${language}#/now`);
await page.locator('input[name=key]').fill(key);
await page.locator('form button').click();
await page.locator('tbody a').first().click();
await page.locator('.figures').waitFor();
// A change that is not applied: what it would do stands there.
await page.locator('input[name=cap]').fill('80');
await page.locator('.effect li').first().waitFor();
await page.evaluate(() => window.scrollTo(0, 0));
await page.setViewportSize({ width: 1180, height: 1500 });
await shot('sale');
await page.setViewportSize({ width: 1180, height: 860 });
await page.goto(`${server}/desk#/counter`);
await page.locator('input[name=line]').fill('R 2');
await page.locator('input[name=line]').press('Enter');
await page.locator('.ways button').first().waitFor();
await shot('counter');
await browser.close();
