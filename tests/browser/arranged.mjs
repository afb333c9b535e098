// What the desk arranges while a sale goes on: prices and conditions of a date, seats kept from sale, a newer hall, codes, the waitlist; each
// change says what it will do and is taken back. Then the data file, a concert's picture, and one that is cancelled.
import { readFile } from 'node:fs/promises';
import { check } from './browser.mjs';
import { whole } from './screen.mjs';

const WORDS = {
  en: { apply: 'Apply', takeBack: /^Take back/, choose: 'Choose them', free: /^Put on sale:/, end: /^End:/, replan: /^Play it in version/, look: 'Look now', cancel: 'Cancel the concert', show: 'Show', print: 'Print', close: 'Close the day' },
  ko: { apply: '적용', takeBack: /^되돌리기/, choose: '고르기', free: /^판매하기:/, end: /^종료:/, replan: /^이 버전으로 옮기기/, look: '지금 확인', cancel: '공연 취소', show: '보기', print: '인쇄', close: '마감하기' },
};

/** Until what the office says fits. */
async function until(ask, fits, what) {
  for (const begun = Date.now(); Date.now() - begun < 60_000; await new Promise((done) => setTimeout(done, 100))) {
    const said = await ask();
    if (fits(said)) { return said; }
  }
  throw new Error(`never: ${what}`);
}

/** A date's prices and conditions. */
async function priced(page, { office, performance, w, where }) {
  const date = () => office.desk('GET', `/performances/${performance}`);
  const before = (await date()).ticket_types;
  const [grade] = Object.keys(before[0].prices);
  const card = page.locator('section[aria-labelledby=prices]');
  const typed = card.locator('tbody input[inputmode]').first();
  const was = await typed.inputValue();
  await typed.fill('123456');
  await card.locator('.effect li').first().waitFor();
  check((await card.locator('.effect').innerText()).includes('123,456'), where('date: a price says what it was and will be'));
  await whole(page, where('date, another price'));
  await card.getByRole('button', { name: w.apply, exact: true }).click();
  await page.getByRole('button', { name: w.takeBack }).waitFor();
  check(Object.values((await date()).ticket_types[0].prices).includes(123456), where('date: the price is another one'));
  await page.getByRole('button', { name: w.takeBack }).click();
  await until(date, (said) => said.ticket_types[0].prices[grade] === before[0].prices[grade], 'the price is back');
  await until(() => typed.inputValue(), (said) => said === was, 'the price is back in its form');
  check(true, where('date: the price is taken back'));
  // What is typed in one form stays while the other is applied and taken back.
  await typed.fill('99999');
  const conditions = page.locator('section[aria-labelledby=conditions]');
  await conditions.locator('select[name=policy]').selectOption('strict');
  await conditions.locator('.effect li').first().waitFor();
  await conditions.getByRole('button', { name: w.apply, exact: true }).click();
  await until(date, (said) => said.door_policy === 'strict', 'strict');
  await page.getByRole('button', { name: w.takeBack }).waitFor();
  check(await typed.inputValue() === '99999', where('date: what is typed into its prices stays when its conditions are applied'));
  await page.getByRole('button', { name: w.takeBack }).click();
  await until(date, (said) => said.door_policy === 'lenient', 'lenient again');
  check(true, where('date: conditions applied and taken back'));
  // Somebody else was faster: nothing of theirs is written over.
  await office.desk('PATCH', `/performances/${performance}`, { door_policy: 'strict' });
  await card.getByRole('button', { name: w.apply, exact: true }).click();
  await page.getByRole('alert').waitFor();
  check((await date()).ticket_types[0].prices[grade] === before[0].prices[grade], where('date: what was changed meanwhile is not written over'));
}

/** Seats kept from sale, and put on sale again; then a newer version of the hall. */
async function blocked(page, { office, performance, w, where }) {
  const blocks = async () => (await office.desk('GET', `/performances/${performance}/blocks`)).blocks;
  const card = page.locator('section[aria-labelledby=blocks]');
  await card.locator('select[name=row]').selectOption({ index: 1 });
  await card.locator('select[name=to]').selectOption({ index: 2 });
  await card.getByRole('button', { name: w.choose, exact: true }).click();
  await card.locator('.effect li').first().waitFor();
  await card.locator('details summary').click();
  await card.locator('seat-map canvas').waitFor();
  await whole(page, where('date, seats chosen'));
  await card.locator('input[name=reason]').first().fill('Cameras');
  await card.locator('form button.main').first().click();
  await card.locator('tbody tr', { hasText: 'Cameras' }).waitFor();
  const [block] = await blocks();
  check(block.seats.length === 3 && block.reason === 'Cameras', where('date: three seats are kept from sale'));
  await card.getByRole('button', { name: w.free }).click();
  await until(blocks, (said) => !said.length, 'freed');
  await card.getByRole('button', { name: w.takeBack }).click();
  await until(blocks, (said) => said[0]?.seats.length === 3, 'blocked again');
  check(true, where('date: put on sale again, and that taken back'));

  const seen = await office.desk('GET', `/performances/${performance}/seats?view=states`);
  const hall = seen.plan.slice(0, seen.plan.lastIndexOf('-'));
  const { hall: made } = await office.desk('GET', `/halls/${hall}`);
  made.sections[0].rows[0].seats = [...made.sections[0].rows[0].seats, 'new'];
  await office.desk('PUT', `/halls/${hall}`, made);
  await page.reload();
  const plan = page.locator('section[aria-labelledby=plan]');
  await plan.locator('.effect li').nth(2).waitFor();
  await whole(page, where('date, a newer hall'));
  await plan.getByRole('button', { name: w.replan }).click();
  await until(() => office.desk('GET', `/performances/${performance}`), (said) => said.hall_version === 2, 'the newer version');
  check((await blocks())[0].seats.length === 3, where('date: played in the newer hall, and what is kept from sale follows'));
}

async function coded(page, { server, office, concert, w, where }) {
  await page.goto(`${server}/desk#/codes/${concert}`);
  await page.locator('input[name=name]').fill('Fan club');
  await page.locator('.effect li').first().waitFor();
  await whole(page, where('codes'));
  await page.locator('form button.main').click();
  await page.locator('tbody tr', { hasText: 'Fan club' }).waitFor();
  await page.locator('select[name=gives]').selectOption('presale');
  await page.locator('input[name=tier]').waitFor();
  await page.locator('select[name=gives]').selectOption('percent');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'CSV: Fan club' }).click();
  const lines = (await readFile(await (await download).path(), 'utf8')).trim().split('\r\n');
  check(lines[0] === 'code,uses' && lines.length === 101, where('codes: a hundred, fetched as a file'));
  await page.getByRole('button', { name: w.end }).click();
  const [batch] = await until(async () => (await office.desk('GET', `/concerts/${concert}/code-batches`)).code_batches, ([one]) => one.ended_at, 'ended');
  check(batch.discount.percent === 10 && batch.code_count === 100, where('codes: ended'));

  const list = () => office.desk('GET', `/concerts/${concert}/waitlist`);
  await page.goto(`${server}/desk#/waitlist/${concert}`);
  await page.locator('input[name=mode]').nth(1).check();
  await page.locator('input[name=minutes]').fill('30');
  await page.locator('.effect li').nth(1).waitFor();
  await whole(page, where('waitlist'));
  const before = await list();
  await page.getByRole('button', { name: w.apply, exact: true }).click();
  await until(list, (said) => said.mode === 'by_draw' && said.offer_seconds === 1800, 'by lot');
  await page.getByRole('button', { name: w.takeBack }).click();
  await until(list, (said) => said.mode === before.mode && said.offer_seconds === before.offer_seconds, 'as before');
  check(true, where('waitlist: applied and taken back'));
}

/** The lamp and the backups. */
async function filed(page, { server, w, where }) {
  await page.goto(`${server}/desk#/file`);
  await page.getByRole('button', { name: w.look }).click();
  await page.locator('.lamp.sound').waitFor();
  await page.locator('section[aria-labelledby=backups] tbody tr .well').first().waitFor();
  await whole(page, where('data file'));
  check(true, where('data file: looked at beside the sale, all laws hold; a backup is verified'));
}

/** A small picture. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

/** A picture; sold at the counter, reported, then cancelled with all its refunds; and the day's close. */
async function calledOff(page, { server, office, language, w, where }) {
  const { id, performance } = await office.concert({ title: `Off ${language}`, inside: 1 });
  const { seats } = await office.desk('GET', `/performances/${performance}/best-seats?quantity=4`);
  for (const pair of [seats.slice(0, 2), seats.slice(2)]) {
    await office.desk('POST', '/sales', { performance_id: performance, seat_ids: pair.map((seat) => seat.id), paid_by: 'cash' });
  }
  await page.goto(`${server}/desk#/concert/${id}`);
  await page.locator('input[type=file]').setInputFiles({ name: 'poster.png', mimeType: 'image/png', buffer: PNG });
  await page.locator('img.picture').waitFor({ state: 'attached' });
  await page.locator('input[type=file]').scrollIntoViewIfNeeded();
  await page.locator('img.picture').waitFor();
  check((await office.desk('GET', `/concerts/${id}`)).picture.includes(id), where('concert: a picture is put up'));

  await page.goto(`${server}/desk#/reports/sales/grade`);
  await page.locator('.chart rect').first().waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'CSV', exact: true }).click();
  const csv = await readFile(await (await download).path(), 'utf8');
  const lines = await page.locator('tbody tr').count();
  check(csv.trim().split('\n').length > lines, where('reports: the chart’s lines as a file'));
  await page.evaluate(() => { window.print = () => { window.onPaper = true; }; });
  await page.getByRole('button', { name: w.print, exact: true }).click();
  check(await page.evaluate(() => window.onPaper === true), where('reports: on paper'));
  await page.goto(`${server}/desk#/reports/attendance`);
  await page.locator('tbody tr', { hasText: `Off ${language}` }).first().waitFor();
  await whole(page, where('reports, attendance'));

  await page.goto(`${server}/desk#/concert/${id}`);
  await page.getByRole('button', { name: w.cancel, exact: true }).click();
  await page.locator('progress').waitFor();
  await page.locator('section p[role=status]', { hasText: '✓' }).waitFor();
  check((await page.locator('section p[role=status]').first().innerText()).includes('4 / 4'), where('concert: cancelled, and its refunds are seen until all are done'));
  await whole(page, where('concert, cancelled'));
  await page.goto(`${server}/desk#/concerts/archive`);
  await page.locator('tbody tr', { hasText: `Off ${language}` }).first().waitFor();
  await whole(page, where('archive'));
  await page.goto(`${server}/desk#/audit/${id}`);
  await page.locator('tbody tr', { hasText: 'cancel_concert' }).waitFor();
  check(true, where('log: the cancellation is found by its concert'));

  await page.goto(`${server}/desk#/closes`);
  await page.locator('input[name=cash]').fill('1000');
  await page.locator('form button.main').click();
  await page.locator('tbody tr').first().waitFor();
  const [close] = (await office.desk('GET', '/day-closes')).day_closes;
  check(close.tills.some((till) => till.means === 'cash' && till.counted === 1000), where('day close: counted against what was booked'));
}

export async function arranged(page, { server, office, language, where }) {
  const w = WORDS[language];
  const { id: concert, performance } = await office.concert({ title: `Arranged ${language}`, inside: 1 });
  const of = { server, office, language, concert, performance, w, where };
  await page.goto(`${server}/desk#/date/${performance}`);
  await page.locator('section[aria-labelledby=prices] tbody input[inputmode]').first().waitFor();
  await whole(page, where('date'));
  await priced(page, of);
  await page.reload();
  await blocked(page, of);
  await coded(page, of);
  await filed(page, of);
  await calledOff(page, of);
}
