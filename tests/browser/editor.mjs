// The hall editor in a real Chromium: a hall drawn by the keyboard alone, one that is wrong told what and where, one read from a file
// and written to one; and ten thousand seats that are chosen, moved and taken back with the processor slowed down.
//   node editor.mjs DEMO_URL OPERATOR_KEY [--short]      (see ../../.ci/browser, which starts everything)
import { browser, check, finish, watch } from './browser.mjs';
import { byKeys, refusedHall, shaped } from './drawn.mjs';
import { Office } from './office.mjs';
import { DESKTOP, PHONE, title, whole } from './screen.mjs';

const [server, key] = process.argv.slice(2);
const office = new Office(server, key);
const complaints = [];

const WORDS = {
  en: { editor: 'New hall', add: 'Add it', keep: 'Save', number: 'Number them', undo: 'Undo', unlock: 'Names may change', halls: 'Halls' },
  ko: { editor: '새 공연장', add: '추가하기', keep: '저장', number: '번호 매기기', undo: '실행 취소', unlock: '이름 변경 허용', halls: '공연장' },
};

async function atDesk(device, language, hash) {
  const context = await browser.newContext({ ...device, locale: language });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  watch(page, server, complaints);
  await page.goto(`${server}/desk?lang=${language}${hash}`);
  await page.locator('input[name=key]').fill(key);
  await page.locator('form button').click();
  return { page, context };
}

async function drawn(language, device, name) {
  const w = WORDS[language];
  const where = (what) => `${language} ${name} editor, ${what}`;
  const { page, context } = await atDesk(device, language, '#/hall/new');
  await title(page, w.editor);
  await whole(page, where('empty'));
  // Nothing can be kept that has no name and no seats.
  await page.locator('input[name=hall]').fill(' ');
  await page.locator('input[name=section]').first().fill('Stalls');
  await page.locator('input[name=rows]').fill('3');
  await page.locator('input[name=seats]').fill('10');
  await page.getByRole('button', { name: w.add }).click();
  await page.getByRole('button', { name: w.keep, exact: true }).click();
  await page.locator('.needs li').first().waitFor();
  check(await page.locator('.needs li').count() === 1, where('a hall without a name is refused with what is wrong'));
  await page.locator('input[name=hall]').fill(`Hall ${language} ${name}`);
  await page.locator('input[name=hall]').press('Tab');

  // By keys alone: the second row, its third seat on a wheelchair's place, the third row moved and taken back.
  await page.locator('hall-canvas [role=application]').focus();
  await page.keyboard.press('Escape');
  await page.keyboard.press('PageDown');
  await page.keyboard.press('PageDown');
  for (let at = 0; at < 3; at++) { await page.keyboard.press('Alt+ArrowRight'); }
  await page.locator('#chosen', { hasText: '3' }).waitFor();
  await page.locator('select[name=kind]').last().selectOption('wheelchair');
  await page.locator('select[name=kind]').last().locator('xpath=ancestor::form').locator('button').click();
  await page.locator('hall-canvas [role=application]').focus();
  await page.keyboard.press('PageDown');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Control+z');
  await page.keyboard.press('PageDown');
  await page.keyboard.press('Control+d');
  await page.locator('select[name=scheme]').selectOption('odd');
  await page.getByRole('button', { name: w.number }).click();
  await whole(page, where('a hall'));
  await page.getByRole('button', { name: w.keep, exact: true }).click();
  await page.waitForFunction(() => /#\/hall\/[0-9a-f-]{36}$/.test(location.href));
  const id = page.url().split('/').at(-1);
  const { hall } = await office.desk('GET', `/halls/${id}`);
  const [section] = hall.sections;
  check(section.name === 'Stalls' && section.rows.map((row) => row.name).join() === 'A,B,C,D', where('rows A to D are kept'));
  check(section.rows[1].seats[2].kind === 'wheelchair', where('the seat of the second row is for a wheelchair'));
  check(section.rows[3].seats.map((seat) => seat.label).join() === '1,3,5,7,9,11,13,15,17,19', where('the copy has odd numbers'));
  check(section.rows[2].seats[0].y - section.rows[1].seats[0].y === 90, where('what was moved was taken back'));

  // A hall that is kept loses nothing by mistake.
  await page.reload();
  await page.locator('hall-canvas canvas').first().waitFor();
  await page.locator('hall-canvas [role=application]').focus();
  await page.keyboard.press('PageDown');
  await page.keyboard.press('Delete');
  check((await page.locator('main > p.hint').first().innerText()).includes('40'), where('a kept hall keeps its seats'));
  await page.getByLabel(w.unlock).check();
  await page.locator('hall-canvas [role=application]').focus();
  await page.keyboard.press('Delete');
  await page.locator('main > p.hint', { hasText: '30' }).waitFor();
  await page.getByRole('button', { name: w.undo, exact: true }).click();
  await page.locator('main > p.hint', { hasText: '40' }).waitFor();
  check(true, where('taken away where it was allowed, and taken back'));

  await shaped(page, { office, language, where });

  await page.goto(`${server}/desk#/halls`);
  await title(page, w.halls);
  await page.locator('tbody tr').first().waitFor();
  await whole(page, where('halls'));
  await page.locator('input[name=name]').fill(`Read ${language} ${name}`);
  const csv = 'section,row,seat,grade\nStalls,A,1,R\nStalls,A,1,R\n';
  await page.locator('input[name=file]').setInputFiles({ name: 'hall.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.locator('form button.main').click();
  await page.getByRole('alert').waitFor();
  check((await page.getByRole('alert').innerText()).includes('3'), where('a wrong file is refused with its line'));
  await page.locator('input[name=file]').setInputFiles({ name: 'hall.csv', mimeType: 'text/csv', buffer: Buffer.from(csv.replace('A,1,R\nStalls,A,1', 'A,1,R\nStalls,A,2')) });
  await page.locator('form button.main').click();
  await title(page, `Read ${language} ${name}`);
  await page.locator('hall-canvas canvas').first().waitFor();
  check(true, where('a file is read, and opened'));
  await page.goto(`${server}/desk#/halls`);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: `CSV: Read ${language} ${name}` }).click();
  check((await download).suggestedFilename() === `Read ${language} ${name}.csv`, where('a hall is written to a file'));
  await page.goto(`${server}/desk#/hall/new`);
  await title(page, w.editor);
  await refusedHall(page, { language, where });
  await context.close();
}

/** Ten thousand seats. The figures are printed; what a shared machine measures is no reason to fail. */
async function large() {
  const rows = (section) => Array.from({ length: 50 }, (_, row) => ({ name: String(row + 1), seats: 50, grade: section % 2 ? 'R' : 'VIP' }));
  const sections = Array.from({ length: 4 }, (_, at) => ({ name: `Section ${at + 1}`, rows: rows(at) }));
  const { id } = await office.desk('POST', '/halls', { name: 'Ten thousand', sections });
  const { page, context } = await atDesk(DESKTOP, 'en', `#/hall/${id}`);
  await page.locator('hall-canvas canvas').first().waitFor();
  const devtools = await context.newCDPSession(page);
  for (const rate of [1, 4]) {
    await devtools.send('Emulation.setCPUThrottlingRate', { rate });
    const pan = await page.evaluate(frames, true);
    await page.locator('hall-canvas [role=application]').focus();
    const begun = Date.now();
    await page.keyboard.press('Control+a');
    await page.locator('#chosen', { hasText: '10000' }).waitFor();
    const chosen = Date.now() - begun;
    const drag = await page.evaluate(frames, false);
    const dropped = Date.now();
    await page.keyboard.press('Control+z');
    await page.locator('#chosen', { hasText: 'Nothing' }).waitFor();
    const back = Date.now() - dropped;
    const frame = await page.evaluate(frames, 'frame');
    await page.keyboard.press('Escape');
    const steps = await page.evaluate(undone);
    console.log(`10,000 seats at ${rate}×, frames a second: looking elsewhere ${pan.toFixed(0)}, a frame drawn to select ${frame.toFixed(0)}, all of them dragged ${drag.toFixed(0)}, a move of a row undone and done again ${steps.toFixed(0)}; all chosen in ${chosen} ms, all taken back in ${back} ms`);
  }
  check(true, 'editor: ten thousand seats are chosen, moved and taken back');
  await context.close();
}

/** Runs in the page: a row moved, then taken back and done again at each frame for two seconds. */
async function undone() {
  const frame = document.querySelector('hall-canvas [role=application]');
  const press = (key, held) => frame.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey: held, shiftKey: !held, bubbles: true, cancelable: true }));
  const next = () => new Promise(requestAnimationFrame);
  press('PageDown', false);
  press('ArrowDown', false);
  await next();
  const begun = performance.now();
  let count = 0;
  while (performance.now() - begun < 2000) {
    press(count % 2 ? 'y' : 'z', true);
    await next();
    count++;
  }
  if (count % 2) { press('y', true); }
  press('z', true);
  return count / ((performance.now() - begun) / 1000);
}

/** Runs in the page: draws with the hand for two seconds and gives the frames a second: looking elsewhere, dragging, or drawing a frame. */
async function frames(how) {
  const isPan = how === true;
  const frame = document.querySelector('hall-canvas [role=application]');
  frame.setPointerCapture = () => {};
  const box = frame.getBoundingClientRect();
  const hand = (type, by) => frame.dispatchEvent(new PointerEvent(type, {
    pointerId: 1, clientX: box.left + box.width / 2 + by, clientY: box.top + box.height / 2 + by / 2, altKey: isPan, shiftKey: how === 'frame', bubbles: true,
  }));
  const next = () => new Promise(requestAnimationFrame);
  for (let warm = 0; warm < 10; warm++) { await next(); }
  const begun = performance.now();
  let count = 0;
  hand('pointerdown', 0);
  while (performance.now() - begun < 2000) {
    hand('pointermove', 60 * Math.sin(count / 20));
    await next();
    count++;
  }
  hand('pointerup', 30);
  return count / ((performance.now() - begun) / 1000);
}

/** One language on each device, or more. */
const short = process.argv.includes('--short');
for (const [language, device, name] of [['en', DESKTOP, 'desktop'], ['ko', PHONE, 'phone'], ['ko', DESKTOP, 'desktop']].slice(0, short ? 2 : 3)) { await drawn(language, device, name); }
{
  const { page, context } = await atDesk(DESKTOP, 'en', '#/hall/new');
  await title(page, WORDS.en.editor);
  await byKeys(page, { office, where: (what) => `editor: ${what}` });
  await context.close();
}
await large();
await finish(complaints);
