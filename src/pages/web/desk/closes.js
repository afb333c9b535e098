// The day's close: what was counted in the till against what was booked with this key.

import { html } from '../vendor/lit-html/lit-html.js';
import { dateTime, decimals, minorUnits, price } from '../common/format.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { fields, heading } from '../buyer/screen.js';
import { Change } from './form.js';
import { Listed } from './list.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** @type {readonly Schemas['Means'][]} */
const MEANS = ['cash', 'card', 'invoice'];

/** @param {Page} page @param {Schemas['VenueView']} venue @returns {Screen} */
export function open(page, venue) {
  const change = new Change(page);
  const list = new Listed(page, async (/** @type {string | undefined} */ cursor) => {
    const asked = await ask('get', '/v1/operator/day-closes', { query: cursor ? { cursor } : {} });
    return asked.ok ? { ok: true, items: asked.data.day_closes, next: asked.data.next_cursor } : asked;
  });

  /** @param {SubmitEvent} event */
  async function close(event) {
    const said = fields(event);
    const counted = MEANS.flatMap((means) => {
      const text = (said[means] ?? '').trim();
      const amount = text === '0' ? 0 : minorUnits(text);
      return amount === null ? [] : [{ means, amount }];
    });
    const done = await change.send({ counted }, (key) => ask('post', '/v1/operator/day-closes', { body: { counted }, key }), deskWords().closedNow);
    if (done) { await list.load(); }
  }

  /** @param {Schemas['DayCloseView']} one */
  const row = (one) => html`<td>${dateTime(one.closed_at, venue.time_zone)}</td>${MEANS.map((means) => {
    const till = one.tills.find((of) => of.means === means);
    return html`<td class="money">${till ? price(till.booked) : '–'}${till?.difference ? html`<br><strong class="missing">${deskWords().difference}: ${price(till.difference)}</strong>` : ''}</td>`;
  })}`;

  void list.load();
  return {
    title: () => deskWords().dayClose,
    wide: true,
    view: () => {
      const w = deskWords();
      return html`${heading(w.dayClose)}<p>${w.dayCloseText}</p>${change.trouble()}
        <form class="card columns" @submit=${close}><h2>${w.counted}</h2>${MEANS.map((means) => html`
          <label>${w.ways[means]}<input name=${means} inputmode=${decimals() ? 'decimal' : 'numeric'}></label>`)}
          <p class="act whole"><button class="main" ?disabled=${change.busy}>${w.closeDay}</button></p></form>
        ${list.table([w.when, ...MEANS.map((means) => w.ways[means])], row)}`;
    },
  };
}
