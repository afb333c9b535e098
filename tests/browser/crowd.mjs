// Twenty doors at once: every ticket is shown at every door at the same moment, and lets one person in. Twenty pages on one
// machine may be slower than a door is patient: who is told to wait is shown again, as at a door.
import { check, watch } from './browser.mjs';

const DOORS = 20;
const TICKETS = 6;

export async function crowd({ server, office, browser, complaints, sold, burst }) {
  const evening = await sold('Twenty doors', TICKETS);
  // Without an answer in time a strict door lets nobody in by its list, so what each is told is certain.
  await office.desk('PATCH', `/performances/${evening.performance}`, { door_policy: 'strict' });
  const { secret } = await office.desk('POST', '/staff-keys', { name: 'Twenty doors', scopes: ['door'] });
  const { title, time_zone: timeZone } = await office.ask('GET', `/concerts/${evening.id}`);
  const context = await browser.newContext({ locale: 'en' });
  const begun = Date.now();
  const doors = await Promise.all(Array.from({ length: DOORS }, async (_, at) => {
    const session = await office.ask('POST', '/operator/desk-sessions', { credential: secret });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    watch(page, server, complaints);
    await page.addInitScript(([session, evening, gate]) => {
      sessionStorage.setItem('boxoffice:staff', JSON.stringify(session));
      localStorage.setItem('boxoffice:door:evening', JSON.stringify(evening));
      localStorage.setItem('boxoffice:door:gate', JSON.stringify(gate));
    }, [session, { performance: evening.performance, title, startsAt: new Date().toISOString(), timeZone, hall: 'Hall' }, `Door ${at + 1}`]);
    await page.goto(`${server}/door?lang=en#/scan/${evening.performance}`);
    await page.locator('#inside').waitFor();
    await page.keyboard.press('Shift');
    return page;
  }));
  console.log(`twenty doors are open after ${Date.now() - begun} ms`);
  // Each begins with another ticket, and shows all of them, one after the other without waiting.
  const scanned = Date.now();
  await Promise.all(doors.map(async (page, at) => {
    for (let no = 0; no < TICKETS; no++) { await burst(page, evening.codes[(at + no) % TICKETS], false); }
  }));
  const answers = await Promise.all(doors.map((page) => lastAnswers(page, evening.codes, burst)));
  const all = answers.flat();
  console.log(`${DOORS * TICKETS} scans at twenty doors answered in ${Date.now() - scanned} ms`);
  const inBy = evening.codes.map((code) => all.filter((one) => one.code === code && one.kind === 'in').length);
  check(inBy.every((count) => count === 1), `twenty doors at once: each of ${TICKETS} tickets lets in once (${inBy})`);
  check(all.length === DOORS * TICKETS && all.every(({ kind }) => kind === 'in' || kind === 'again'), `twenty doors at once: all others are told that somebody is in by it (${[...new Set(all.map(({ kind }) => kind))]})`);
  const figures = await office.desk('GET', `/performances/${evening.performance}/check-ins`);
  check(figures.checked_in === TICKETS && figures.doubles === 0, `twenty doors at once: ${figures.checked_in} are in, ${figures.doubles} doubles`);
  await context.close();
}

/** What this door says of each ticket in the end. Who has to wait is shown again, and so is a code that came in pieces: between two of
 * its letters the page had no turn for longer than a scanner takes. */
async function lastAnswers(page, codes, burst) {
  const last = new Map();
  for (;;) {
    await page.waitForFunction(() => !document.querySelector('.past .mark.asking') && !document.querySelector('.offline'));
    const past = await page.locator('.past li').evaluateAll((all) => all.map((one) => ({ code: one.querySelector('.hint').textContent, kind: one.querySelector('.mark').className.replace('mark ', '') })));
    // The latest stands first.
    for (const one of past.reverse()) { last.set(one.code, one); }
    const open = codes.filter((code) => (last.get(code)?.kind ?? 'held') === 'held');
    if (open.length === 0) { return codes.map((code) => last.get(code)); }
    for (const code of open) { await burst(page, code, false); }
  }
}
