// Which performance people are let in to here, and by which gate: chosen once, kept on this device.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call } from '../common/api.js';
import { now } from '../common/clock.js';
import { dateTime } from '../common/format.js';
import { forAll } from '../keep/store.js';
import { fields, heading, loading, retry } from '../buyer/screen.js';
import { words } from '../words/index.js';
import { doorWords } from '../words/door.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @typedef {{ performance: string, title: string, startsAt: string, timeZone: string, hall: string }} Evening */

/** So many are offered at first, and so many more when that is asked for. */
const OFFERED = 12;

/** What was chosen here. @returns {Evening | null} */
export const evening = () => forAll.get('door:evening');
/** @returns {string} */
export const gate = () => forAll.get('door:gate') ?? '';

/** @param {Page} page @returns {Screen} */
export function open(page) {
  /** @type {Evening[] | undefined} */
  let evenings;
  /** @type {Problem | undefined} */
  let problem;

  /** What is known so far. @type {Evening[]} */
  const found = [];
  /** @type {string | undefined} */
  let cursor;
  let isWhole = false;
  let most = 0;

  /** More dates of concerts that have not ended, the nearest first. */
  async function load() {
    problem = undefined;
    most += OFFERED;
    while (!isWhole && found.length <= most) {
      const asked = await call('get', '/v1/concerts', { query: cursor ? { cursor } : {} });
      if (!asked.ok) {
        [problem, most] = [asked.problem, most - OFFERED];
        return page.redraw();
      }
      const shown = await Promise.all(asked.data.concerts.filter(({ ended }) => !ended).map(({ id }) =>
        call('get', '/v1/concerts/{concert_id}', { params: { concert_id: id } })));
      for (const one of shown) { if (one.ok) { found.push(...of(one.data)); } }
      cursor = asked.data.next_cursor;
      isWhole = !cursor || asked.data.concerts.every(({ ended }) => ended);
    }
    const away = (/** @type {Evening} */ one) => Math.abs(Date.parse(one.startsAt) - now());
    evenings = found.sort((a, b) => away(a) - away(b)).slice(0, most);
    page.redraw();
  }

  /** @param {Schemas['ShownConcertView']} concert @returns {Evening[]} */
  const of = (concert) => concert.dates.filter(({ sale }) => sale !== 'cancelled').map((date) => (
    { performance: date.performance_id, title: concert.title, startsAt: date.starts_at, timeZone: concert.time_zone, hall: date.hall }));

  /** @param {SubmitEvent} event */
  function begin(event) {
    const said = fields(event);
    const chosen = evenings?.find(({ performance }) => performance === said['evening']);
    if (!chosen) { return; }
    forAll.set('door:evening', chosen);
    forAll.set('door:gate', said['gate']?.trim() || null);
    page.go(`#/scan/${chosen.performance}`);
  }

  void load();
  return {
    title: () => doorWords().door,
    view: () => {
      const w = doorWords();
      if (!evenings) { return html`${heading(w.which)}${problem ? retry(problem, () => void load()) : loading()}`; }
      const before = evening()?.performance;
      const first = evenings.some(({ performance }) => performance === before) ? before : evenings[0]?.performance;
      return html`${heading(w.which)}
        ${evenings.length ? html`<form class="card" @submit=${begin}>
          <fieldset><legend>${words().date}</legend>${evenings.map((one) => html`
            <label class="choice"><input type="radio" name="evening" required value=${one.performance} ?checked=${one.performance === first}>
              <span><strong>${one.title}</strong><br>${dateTime(one.startsAt, one.timeZone)}, ${one.hall}</span></label>`)}</fieldset>
          ${found.length > evenings.length || !isWhole ? html`<button type="button" @click=${() => void load()}>${words().showMore}</button>` : nothing}
          <label>${w.gate}<input name="gate" maxlength="60" autocomplete="off" value=${gate()} aria-describedby="gate-hint"></label>
          <p id="gate-hint" class="hint">${w.gateHint}</p>
          <button class="main">${w.begin}</button></form>` : html`<p>${words().noDates}</p>`}
        ${window.isSecureContext ? nothing : html`<p class="card">${w.withoutTls}</p>`}`;
    },
  };
}
