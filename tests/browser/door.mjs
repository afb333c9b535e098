// The door: a camera that sees a film of codes, a hardware scanner's keys with a Korean input method on, a photo on plain HTTP,
// a code typed as people write it; the network lost and back; undo.
//   node door.mjs http://127.0.0.1:8080 OPERATOR_KEY [--short] [PART …]      (see ../../.ci/browser, which starts everything)
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { chromium } from 'playwright-core';
import { ARGUMENTS, check, finish, watch } from './browser.mjs';
import { crowd } from './crowd.mjs';
import { encrypted } from './encrypted.mjs';
import { felt, spy } from './felt.mjs';
import { film, photo } from './film.mjs';
import { Office } from './office.mjs';
import { DESKTOP, PHONE, whole } from './screen.mjs';

const [server, operatorKey, ...rest] = process.argv.slice(2);
/** With --short each part is in one language. */
const short = rest.includes('--short');
const wanted = rest.filter((one) => one !== '--short');
const office = new Office(server, operatorKey);
const complaints = [];
const folder = mkdtempSync(`${tmpdir()}/boxoffice-door-`);
/** The same office by a name that is no secure context: plain HTTP in the venue's own network. */
const plain = server.replace('127.0.0.1', 'door.venue.example');

const WORDS = {
  en: { in: 'Come in', again: 'Already in', no: 'Not valid', held: 'Please wait', begin: 'Scan tickets', undone: 'Undone', first: 'First', offline: 'No network', logIn: 'Log in' },
  ko: { in: '입장', again: '이미 입장', no: '입장 불가', held: '잠시 대기', begin: '티켓 확인 시작', undone: '취소됨', first: '첫 입장', offline: '네트워크 없음', logIn: '로그인' },
};

/** A concert with so many tickets sold, and their codes. */
async function sold(title, count, at = office) {
  const concert = await at.concert({ title, rows: 4, seats: 10, sections: 1 });
  const codes = [];
  while (codes.length < count) {
    const buyer = await at.buyer(concert.id);
    // The map may be a moment old: what was bought here is passed over.
    const free = (await at.seats(buyer, concert.performance)).slice(codes.length, Math.min(codes.length + 4, count));
    const amount = free.reduce((sum, { price }) => sum + price, 0);
    await at.desk('POST', `/users/${buyer.id}/top-ups`, { amount });
    const paid = await at.ask('POST', '/payments', { credential: buyer.token, body: { seat_ids: free.map(({ id }) => id), amount } });
    codes.push(...paid.tickets.map(({ code }) => code));
  }
  return { ...concert, title, codes };
}

async function browserWith(video, home) {
  const camera = video ? ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${video}`] : [];
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...ARGUMENTS, ...camera, '--host-resolver-rules=MAP door.venue.example 127.0.0.1, MAP door.local 127.0.0.1'],
    ...(home ? { env: { ...process.env, HOME: home } } : {}),
  });
}

/** A device at a gate of this evening, logged in by a key that may open the door and nothing else. */
async function device(browser, at, language, shape, evening, gate = 'East', of = office) {
  const context = await browser.newContext({ ...shape, locale: language });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await spy(page);
  const network = watch(page, at, complaints);
  const { secret } = await of.desk('POST', '/staff-keys', { name: `Door ${gate}`, scopes: ['door'] });
  await page.goto(`${at}/door?lang=${language}`);
  await page.locator('input[name=key]').waitFor();
  await whole(page, `${language} door, log in`);
  await page.locator('input[name=key]').fill(secret);
  await page.locator('form button.main').click();
  const wanted = page.locator(`input[name=evening][value="${evening.performance}"]`);
  for (let shown = 0; !(await wanted.count());) {
    await page.waitForFunction((shown) => document.querySelectorAll('input[name=evening]').length > shown, shown);
    shown = await page.locator('input[name=evening]').count();
    if (!(await wanted.count())) { await page.locator('form button[type=button]').click(); }
  }
  await wanted.check();
  await page.locator('input[name=gate]').fill(gate);
  await whole(page, `${language} door, which evening`);
  await page.getByRole('button', { name: WORDS[language].begin }).click();
  await page.locator('#inside').waitFor();
  const lose = async (lost) => {
    network.offline = lost;
    await context.setOffline(lost);
  };
  return { context, page, lose, network };
}

/** Waits for the next answer, and gives its kind and what it says. */
async function answer(page, after) {
  const shown = page.locator('.answer:not(.asking):not(.none)');
  await page.waitForFunction((after) => {
    const it = document.querySelector('.answer:not(.asking):not(.none)');
    return it && Number(it.dataset.no) > after;
  }, after);
  const [kind, no] = await shown.evaluate((it) => [it.className.replace('answer ', ''), Number(it.dataset.no)]);
  return { kind, no, text: await shown.innerText() };
}

const last = (page) => page.locator('.answer').evaluate((it) => Number(it.dataset.no ?? 0));

/** Types a code and gives the answer to it. */
async function type(page, text) {
  const before = await last(page);
  await page.locator('input[name=code]').fill(text);
  await page.locator('.typed button').click();
  return answer(page, before);
}

/** What a hardware scanner does: keys so fast that nobody could, here with a Korean input method on. */
const burst = (page, text, composing) => page.evaluate(([text, composing]) => {
  const target = document.activeElement ?? document.body;
  const field = target instanceof HTMLInputElement ? target : undefined;
  const press = (code, key) => target.dispatchEvent(new KeyboardEvent('keydown', { code, key, keyCode: composing ? 229 : 0, isComposing: composing, bubbles: true, cancelable: true }));
  if (composing) { target.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true })); }
  for (const one of text) {
    press(one === '-' ? 'Minus' : /\d/.test(one) ? `Digit${one}` : `Key${one}`, composing ? 'Process' : one);
    // The input method writes letters of its own into the field.
    if (field) { field.value += composing ? 'ㅁ' : one; }
  }
  press('Enter', composing ? 'Process' : 'Enter');
  if (composing) {
    target.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }));
    press('Enter', 'Enter');
  }
}, [text, composing]);

/** Codes as a camera sees them: one, nothing, a false one, the first again. */
async function byCamera(language) {
  const w = WORDS[language];
  const evening = await sold(`Camera ${language}`, 2);
  const [code, other] = evening.codes;
  const forged = code.replace(/....$/, (end) => (end === '0000' ? '1111' : '0000'));
  const video = `${folder}/${language}.y4m`;
  film(video, [{ text: code, seconds: 2 }, { text: '', seconds: 3 }, { text: forged, seconds: 2 }, { text: 'https://example.org/', seconds: 2 },
    { text: `${server}/#/ticket/${other}`, seconds: 2 }, { text: '', seconds: 2 }]);
  const browser = await browserWith(video);
  const { page } = await device(browser, server, language, PHONE, evening);
  await page.getByRole('button', { name: /camera on|카메라 켜기/ }).click();
  await page.locator('.eye video').waitFor();
  // The film goes round and round: it begins where it is.
  const seen = new Map();
  for (let no = 0; seen.size < 5;) {
    const one = await answer(page, no);
    no = one.no;
    const name = one.text.includes(code) ? (one.kind === 'in' ? 'in' : 'again') : one.text.includes(forged) ? 'forged' : one.text.includes('example.org/') ? 'foreign' : 'address';
    if (!seen.has(name)) { seen.set(name, one); }
    if (no > 40) { break; }
  }
  check(seen.get('in')?.kind === 'in' && seen.get('in').text.includes(w.in), `${language} door: the camera lets a ticket in`);
  check(seen.get('forged')?.kind === 'no', `${language} door: a forged code is refused`);
  check(seen.get('foreign')?.kind === 'no', `${language} door: another QR code is none`);
  check(seen.get('address')?.kind === 'in' || seen.get('address')?.kind === 'again', `${language} door: a code within an address is read, after two bad ones`);
  check(seen.get('again')?.kind === 'again' && seen.get('again').text.includes(w.first) && seen.get('again').text.includes('East'), `${language} door: a second scan says when and where the first was`);
  await whole(page, `${language} door, camera`);
  check((await felt(page)).awake >= 1, `${language} door: the screen stays on`);
  // A frame and its answer, with a processor that is four times slower.
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  // What is under way was begun faster.
  await page.evaluate(() => new Promise((done) => { setTimeout(done, 1000); }));
  await page.evaluate(() => performance.clearMeasures());
  await page.waitForFunction(() => performance.getEntriesByName('scan').length >= 4, null, { timeout: 60_000 });
  const took = await page.evaluate(() => ['scan', 'read'].map((name) => performance.getEntriesByName(name).map(({ duration }) => Math.round(duration))));
  console.log(`from a frame to its answer at 4×: ${took[0].join(', ')} ms, of which to its text ${took[1].join(', ')} ms`);
  await page.getByRole('button', { name: /camera off|카메라 끄기/ }).click();
  await browser.close();
}

/** By keys, photo and typing; in one browser without a camera, over plain HTTP and on this machine. */
async function byHand(browser, language) {
  const w = WORDS[language];
  const evening = await sold(`Hand ${language}`, 6);
  const [first, second, third, fourth] = evening.codes;
  const { page, context } = await device(browser, plain, language, language === 'ko' ? PHONE : DESKTOP, evening);
  check(await page.getByRole('button', { name: /camera on|카메라 켜기/ }).count() === 0, `${language} door: without TLS there is no camera, and it says so`);
  await page.locator('main', { hasText: 'TLS' }).waitFor();

  // A hardware scanner, wherever the focus is: on the page, on a button, in a field; with an input method and without.
  await page.locator('h1').focus();
  // The first key of all wakes the sound, which may take longer than a scanner's pace.
  await page.keyboard.press('Shift');
  await burst(page, first, false);
  const one = await answer(page, 0);
  check(one.kind === 'in' && one.text.includes(w.in), `${language} door: a hardware scanner`);
  const [good, again] = [await felt(page), []];
  check(good.tones.join() === '880,1320' && good.pulses.length === 1, `${language} door: 'come in' is heard and felt (${good.tones}; ${good.pulses})`);
  await page.locator('input[name=code]').focus();
  await burst(page, second, true);
  const two = await answer(page, one.no);
  check(two.kind === 'in' && two.no === one.no + 1, `${language} door: a hardware scanner with a Korean input method on, Enter twice is once`);
  await page.waitForFunction(() => document.querySelector('input[name=code]').value === '');
  check(true, `${language} door: what it typed is in no field`);
  await page.locator('select').focus();
  await felt(page);
  await burst(page, first, false);
  const three = await answer(page, two.no);
  again.push(await felt(page));
  check(three.kind === 'again' && three.text.includes(w.first) && three.text.includes('East'), `${language} door: the same ticket again says when and where`);

  // Typed as people write it; with a Korean keyboard.
  const four = await type(page, third.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l'));
  check(four.kind === 'in', `${language} door: a code typed in small letters, blanks, o for 0`);
  await felt(page);
  const five = await type(page, 'not a code');
  const bad = await felt(page);
  const [twice] = again;
  const unlike = new Set([good, twice, bad].map(({ tones, pulses }) => `${tones}|${pulses}`)).size === 3 && [twice, bad].every(({ tones, pulses }) => tones.length && pulses.length);
  check(unlike, `${language} door: each answer sounds and feels another way (${twice.tones} ${twice.pulses}; ${bad.tones} ${bad.pulses})`);
  check(five.kind === 'no', `${language} door: what is no code says so`);
  const six = await type(page, korean(fourth));
  check(six.kind === 'in', `${language} door: a code typed on a Korean keyboard (${korean(fourth).slice(0, 20)} …)`);

  // A photo, where there is no camera.
  const before = await last(page);
  await page.locator('input[type=file]').setInputFiles({ name: 'ticket.bmp', mimeType: 'image/bmp', buffer: photo(evening.codes[4]) });
  const seven = await answer(page, before);
  check(seven.kind === 'in', `${language} door: a photo of the code on plain HTTP`);
  await page.locator('input[type=file]').setInputFiles({ name: 'wall.bmp', mimeType: 'image/bmp', buffer: photo('') });
  await page.getByRole('alert').waitFor();
  check(true, `${language} door: a photo without a code says so`);
  await whole(page, `${language} door, after some scans`);

  // Undone with a reason: the ticket lets in again.
  const entry = page.locator('.past li', { hasText: evening.codes[4] });
  await entry.locator('summary').click();
  await entry.locator('input[name=reason]').fill('Went out for a coat');
  await whole(page, `${language} door, undoing`);
  await entry.locator('form button').click();
  await entry.locator('.hint', { hasText: w.undone }).waitFor();
  const eight = await type(page, evening.codes[4]);
  check(eight.kind === 'in', `${language} door: undone, the ticket lets in again`);
  await page.waitForFunction(() => document.querySelector('#inside')?.textContent === '5');
  const figures = await page.locator('.figures').innerText();
  check(/5\s*\/\s*6/.test(figures) && figures.includes('East'), `${language} door: who is in, by gate (${figures.replaceAll('\n', ' ')})`);

  // Another evening's ticket, and one that was given back.
  const elsewhere = await sold(`Elsewhere ${language}`, 1);
  const nine = await type(page, elsewhere.codes[0]);
  check(nine.kind === 'no' && nine.text.length > 20, `${language} door: another evening's ticket is refused with the reason`);
  await context.close();
}

/** What these Latin letters are on a Korean keyboard, letter by letter as a field gets them. */
function korean(code) {
  const letters = { Q: 'ㅂ', W: 'ㅈ', E: 'ㄷ', R: 'ㄱ', T: 'ㅅ', Y: 'ㅛ', A: 'ㅁ', S: 'ㄴ', D: 'ㅇ', F: 'ㄹ', G: 'ㅎ', H: 'ㅗ', J: 'ㅓ', K: 'ㅏ', Z: 'ㅋ', X: 'ㅌ', C: 'ㅊ', V: 'ㅍ', B: 'ㅠ', N: 'ㅜ', M: 'ㅡ', P: 'ㅔ' };
  return [...code].map((one) => letters[one] ?? one).join('');
}

/** Two doors without a network: strict and lenient; what was done is told later, doubles are reported. */
async function offline(browser, language) {
  const w = WORDS[language];
  const evening = await sold(`Offline ${language}`, 5);
  const exact = await sold(`Strict ${language}`, 2);
  await office.desk('PATCH', `/performances/${exact.performance}`, { door_policy: 'strict' });
  const east = await device(browser, server, language, PHONE, evening, 'East');
  const west = await device(browser, server, language, PHONE, evening, 'West');
  const strict = await device(browser, server, language, PHONE, exact, 'North');
  const [a, b, c, d] = evening.codes;
  const doors = [east, west, strict];
  for (const [{ page }, of] of [[east, evening], [west, evening], [strict, exact]]) {
    await page.waitForFunction(async ([performance, count]) => {
      const open = indexedDB.open('boxoffice-door', 1);
      const database = await new Promise((done) => { open.onsuccess = () => done(open.result); });
      const asked = database.transaction('lists').objectStore('lists').get(performance);
      const list = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
      database.close();
      return list?.tickets.length === count;
    }, [of.performance, of.codes.length]);
  }
  check((await type(east.page, a)).kind === 'in', `${language} door: in while there is a network`);
  await east.page.evaluate(() => navigator.serviceWorker.ready);
  for (const { lose } of doors) { await lose(true); }
  for (const { page } of doors) { await page.locator('.offline').waitFor(); }
  await whole(east.page, `${language} door, without a network`);

  check((await type(strict.page, exact.codes[0])).kind === 'held', `${language} door: strict, nobody comes in without an answer`);
  check((await type(east.page, b)).kind === 'in', `${language} door: lenient, by the list`);
  check((await type(east.page, a)).kind === 'again', `${language} door: who was in before the network was lost is known`);
  check((await type(east.page, b)).kind === 'again', `${language} door: the same ticket at the same door is in once`);
  // The earlier of two scans counts, by the office's clock as each page knows it: from `Date`, which says whole seconds.
  await west.page.waitForTimeout(2500);
  const doubled = await type(west.page, b);
  check(doubled.kind === 'in', `${language} door: another door cannot know of it`);
  check((await type(west.page, c)).kind === 'in' && (await type(west.page, 'ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ')).kind === 'no', `${language} door: what is not on the list is refused`);
  // By mistake, and taken back before the office was told.
  check((await type(east.page, d)).kind === 'in', `${language} door: by the list`);
  const entry = east.page.locator('.past li', { hasText: d }).first();
  await entry.locator('summary').click();
  await entry.locator('input[name=reason]').fill('Scanned by mistake');
  await entry.locator('form button').click();
  await entry.locator('.hint', { hasText: w.undone }).waitFor();
  // Whoever reloads without a network goes on.
  await east.page.reload();
  await east.page.locator('.unsent strong', { hasText: '1' }).waitFor();
  check((await type(east.page, b)).kind === 'again', `${language} door: after a reload without a network the list is there`);

  await east.lose(false);
  await east.page.locator('.sent').waitFor();
  await east.page.locator('.unsent').waitFor({ state: 'detached' });
  check(await east.page.locator('.told').count() === 0, `${language} door: back, what was done is told, and all was well`);
  await west.lose(false);
  await west.page.locator('.told li', { hasText: b }).waitFor();
  const told = await west.page.locator('.told').innerText();
  check(told.includes('East') && !told.includes(c), `${language} door: the double is reported, with the gate that was first (${told.replaceAll('\n', ' ')})`);
  await whole(west.page, `${language} door, a double reported`);
  await west.page.waitForFunction(() => document.querySelector('#inside')?.textContent === '3');
  await strict.lose(false);
  await strict.page.locator('.offline').waitFor({ state: 'detached' });
  check((await type(strict.page, exact.codes[0])).kind === 'in', `${language} door: back, the strict door goes on`);

  // An answer that is lost on its way is no second person.
  let lost = true;
  await strict.page.route('**/v1/operator/check-ins', async (route) => {
    if (!lost) { return route.continue(); }
    lost = false;
    await route.fetch();
    await route.abort();
  });
  check((await type(strict.page, exact.codes[1])).kind === 'held', `${language} door: strict, an answer that is lost lets nobody in`);
  await strict.page.locator('.offline').waitFor({ state: 'detached' });
  check((await type(strict.page, exact.codes[1])).kind === 'in', `${language} door: and shown again it is the same person`);
  let gone = true;
  await east.page.route('**/v1/operator/check-ins', async (route) => {
    if (!gone) { return route.continue(); }
    gone = false;
    await route.fetch();
    await route.abort();
  });
  check((await type(east.page, evening.codes[4])).kind === 'in', `${language} door: lenient, an answer that is lost: by the list`);
  await east.page.locator('.unsent').waitFor({ state: 'detached' });
  check(await east.page.locator('.told').count() === 0, `${language} door: and no double is made of it`);
  check((await type(west.page, d)).kind === 'in', `${language} door: what was undone before it was told lets in`);
  const { doubles, checked_in: inside } = await office.desk('GET', `/performances/${evening.performance}/check-ins`);
  check(doubles === 1 && inside === 5, `${language} door: five in, one double (${inside}, ${doubles})`);
  for (const { context } of doors) { await context.close(); }
}

/** All parts; with names after the key only those. */
const PARTS = { camera: (_, language) => byCamera(language), hand: byHand, offline };
/** Parts that are the same in every language. */
const ONCE = {
  crowd: (browser) => crowd({ server, office, browser, complaints, sold, burst }),
  tls: () => encrypted({
    program: process.env.BOXOFFICE ?? 'target/debug/boxoffice', folder, launch: browserWith, sold, complaints,
    device: (browser, at, evening, of, more) => device(browser, at, 'en', { ...PHONE, ...more }, evening, 'East', of),
  }),
};
try {
  const browser = await browserWith();
  const isWanted = ([name]) => !wanted.length || wanted.includes(name);
  for (const [name, part] of Object.entries(PARTS).filter(isWanted)) {
    const begun = Date.now();
    for (const language of short ? [name === 'hand' ? 'ko' : 'en'] : ['ko', 'en']) { await part(browser, language); }
    console.log(`-- ${name}: ${Math.round((Date.now() - begun) / 1000)} s`);
  }
  for (const [name, part] of Object.entries(ONCE).filter(isWanted)) {
    const begun = Date.now();
    await part(browser);
    console.log(`-- ${name}: ${Math.round((Date.now() - begun) / 1000)} s`);
  }
  await browser.close();
} finally { rmSync(folder, { recursive: true, force: true }); }
await finish(complaints);
