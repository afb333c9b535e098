// More of the hall editor: the stage and outlines corner by corner, what is written in a hall, the hall as buyers will see it, a wrong plan told
// what and where; and a hall drawn from nothing by the keyboard alone.
import { check } from './browser.mjs';
import { tabTo, whole } from './screen.mjs';

const WORDS = {
  en: { keep: 'Save', seen: 'As buyers see it', rectangle: 'Make it a rectangle', show: 'Show it', add: 'Add it' },
  ko: { keep: '저장', seen: '구매자 화면 미리 보기', rectangle: '직사각형으로', show: '보기', add: '추가하기' },
};

/** In a hall that has seats and is kept. */
export async function shaped(page, { office, language, where }) {
  const w = WORDS[language];
  const id = page.url().split('/').at(-1);
  const outlines = page.locator('details.card', { has: page.locator('select[name=shape]') });
  await outlines.locator('summary').click();
  await outlines.locator('input[name=width]').fill('12');
  await outlines.locator('input[name=depth]').fill('3');
  await outlines.getByRole('button', { name: w.rectangle }).click();
  await outlines.locator('.corners input').first().fill('-7');
  await outlines.locator('.corners input').first().press('Tab');
  await outlines.getByRole('button', { name: /: 1$/ }).first().click();
  check(await outlines.locator('.corners li').count() === 5, where('the stage has one more corner'));
  await whole(page, where('an outline'));
  // The same corner by the hand: dragged to the left.
  const before = await outlines.locator('.corners input').first().inputValue();
  const frame = page.locator('hall-canvas [role=application]');
  await frame.scrollIntoViewIfNeeded();
  const box = await frame.boundingBox();
  const at = await page.evaluate(() => document.querySelector('hall-canvas').cornerOnScreen(0));
  await page.mouse.move(box.x + at.x, box.y + at.y);
  await page.mouse.down();
  await page.mouse.move(box.x + at.x - 20, box.y + at.y, { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction((before) => document.querySelector('.corners input').value !== before, before);
  check(Number(await outlines.locator('.corners input').first().inputValue()) < Number(before), where('a corner of the stage is dragged'));
  await outlines.locator('summary').click();

  const signs = page.locator('details.card', { has: page.locator('input[name=sign]') });
  await signs.locator('summary').click();
  await signs.locator('input[name=sign]').fill('Bar');
  await signs.getByRole('button', { name: w.add, exact: true }).click();
  await signs.locator('.corners li', { hasText: 'Bar' }).waitFor();
  await signs.locator('.corners input').first().fill('3');
  await signs.locator('.corners input').first().press('Tab');
  await page.getByRole('button', { name: w.seen, exact: true }).click();
  await page.waitForFunction(() => document.querySelector('seat-map canvas')?.width > 100 && document.querySelector('seat-map').seats.signs.length === 1);
  await whole(page, where('as buyers see it'));
  await page.getByRole('button', { name: w.seen, exact: true }).click();
  await page.getByRole('button', { name: w.keep, exact: true }).click();
  await page.waitForFunction(() => !document.querySelector('main > p.hint strong'));
  const { hall } = await office.desk('GET', `/halls/${id}`);
  check(hall.stage.length === 5 && hall.signs[0].text === 'Bar' && hall.signs[0].x === 300, where('stage and signs are kept'));
}

/** Two rows on each other: refused, told what and where, and shown. */
export async function refusedHall(page, { language, where }) {
  const w = WORDS[language];
  const number = page.locator('form', { has: page.locator('input[name=section]') }).first();
  await number.locator('input[name=rows]').fill('1');
  await number.locator('input[name=seats]').fill('4');
  await number.locator('button').click();
  // The second lies where the first does.
  await page.locator('details.card summary').first().click();
  await number.locator('button').click();
  await page.getByRole('button', { name: w.keep, exact: true }).click();
  await page.locator('.needs li').first().waitFor();
  await whole(page, where('wrong'));
  await page.getByRole('button', { name: w.show, exact: true }).first().click();
  await page.locator('#chosen', { hasText: /\d/ }).waitFor();
  const told = await page.locator('.needs li').allInnerTexts();
  check(told.length === 5 && told.slice(1).every((one) => /B \d/.test(one)), where('a wrong hall is refused with what and where, and it is shown'));
}

/** From the menu to a hall that is kept, and no mouse. */
export async function byKeys(page, { office, where }) {
  const type = async (selector, text) => {
    await tabTo(page, selector);
    await page.keyboard.press('Control+a');
    await page.keyboard.type(text);
  };
  await type('input[name=section]', 'Balcony');
  await type('input[name=rows]', '2');
  await type('input[name=seats]', '6');
  await page.keyboard.press('Enter');
  await page.locator('main > p.hint', { hasText: '12' }).waitFor();
  await tabTo(page, 'hall-canvas [role=application]');
  for (const key of ['Control+a', 'Shift+ArrowRight', 'Escape', 'PageDown', 'Control+d', 'Control+z', 'Control+y']) { await page.keyboard.press(key); }
  await page.locator('main > p.hint', { hasText: '18' }).waitFor();
  await type('input[name=hall]', `By keys ${Date.now()}`);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Shift+Tab');
  await tabTo(page, 'p.act button.main:not([disabled])');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /#\/hall\/[0-9a-f-]{36}$/.test(location.href));
  const { hall } = await office.desk('GET', `/halls/${page.url().split('/').at(-1)}`);
  check(hall.sections[0].name === 'Balcony' && hall.sections[0].rows.map(({ name }) => name).join() === 'A,B,C', where('a hall is drawn and kept by the keyboard alone'));
}
