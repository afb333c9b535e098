// The first screen: what needs attention in all of the office, then the concerts with the way to the sale of each.

import { html } from '../vendor/lit-html/lit-html.js';
import { dateTime, number } from '../common/format.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { heading, trouble } from '../buyer/screen.js';
import { band } from './attention.js';
import { Listed } from './list.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

const EVERY_MS = 5000;

/** @param {Page} page @returns {Screen} */
export function open(page) {
  /** @type {Schemas['NeedView'][] | undefined} */
  let needs;
  /** @type {Problem | undefined} */
  let problem;
  let timer = 0;
  let closed = false;
  const list = new Listed(page, async (/** @type {string | undefined} */ cursor) => {
    const asked = await ask('get', '/v1/operator/concerts', { query: cursor ? { cursor } : {} });
    return asked.ok ? { ok: true, items: asked.data.concerts, next: asked.data.next_cursor } : asked;
  });

  async function look() {
    if (!document.hidden) {
      const asked = await ask('get', '/v1/operator/attention');
      if (closed) { return; }
      problem = asked.ok ? undefined : asked.problem;
      if (asked.ok) { needs = asked.data.needs; }
      page.redraw();
    }
    timer = window.setTimeout(look, EVERY_MS);
  }

  /** @param {Schemas['ConcertView']} concert */
  function row(concert) {
    const w = deskWords();
    return html`<td><a href="#/sale/${concert.id}">${concert.title}</a></td>
      <td>${concert.ended ? w.ended : w.concertStates[concert.state]}</td>
      <td>${w.queueStates[concert.queue_state]}</td>
      <td class="money">${number(concert.waiting)}</td>
      <td>${dateTime(concert.on_sale_at, concert.time_zone)}</td>`;
  }

  void list.load();
  void look();
  return {
    title: () => deskWords().now,
    wide: true,
    close() {
      closed = true;
      clearTimeout(timer);
    },
    view: () => {
      const w = deskWords();
      const title = (/** @type {string} */ id) => list.items?.find((concert) => concert.id === id)?.title ?? '';
      return html`${heading(w.now)}${trouble(problem)}${band(needs, title)}
        <h2>${w.concerts}</h2>
        ${list.table([words().concert, w.state, w.queue, w.waiting, w.onSaleAt], row)}`;
    },
  };
}
