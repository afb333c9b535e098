// The concerts, drafts too; those that are over in an archive; a new one, or one like another.

import { html } from '../vendor/lit-html/lit-html.js';
import { dateTime } from '../common/format.js';
import { instantAt, localAt } from '../common/zone.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { fields, heading } from '../buyer/screen.js';
import { Change } from './form.js';
import { Listed } from './list.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [which] `archive` for those that are over @returns {Screen} */
export function open(page, venue, which = '') {
  const isArchive = which === 'archive';
  const change = new Change(page);
  /** Whose texts and conditions the new one has. @type {Schemas['ConcertView'] | undefined} */
  let like;
  const list = new Listed(page, async (/** @type {string | undefined} */ cursor) => {
    const asked = await ask('get', '/v1/operator/concerts', { query: cursor ? { cursor } : {} });
    const isOver = (/** @type {Schemas['ConcertView']} */ concert) => concert.ended || concert.state === 'cancelled';
    return asked.ok ? { ok: true, items: asked.data.concerts.filter((concert) => isOver(concert) === isArchive), next: asked.data.next_cursor } : asked;
  });

  /** @param {SubmitEvent} event */
  async function make(event) {
    const said = fields(event);
    const zone = said['zone'] ?? venue.time_zone;
    const body = {
      title: said['title'] ?? '', time_zone: zone, draft: true,
      ...(said['sale'] ? { on_sale_at: instantAt(said['sale'], zone) } : {}),
      ...(like?.texts.length ? { texts: like.texts } : {}),
      ...(like?.age_limit === undefined ? {} : { age_limit: like.age_limit }),
      ...(said['cancel'] ? { cancel_until_minutes: Math.round(Number(said['cancel']) * 60) } : {}),
      ...(like?.cancel_fee === undefined ? {} : { cancel_fee: like.cancel_fee }),
      ...(Number(said['most']) > 0 ? { seats_per_user: Number(said['most']) } : {}),
      ...(Number(said['inside']) > 0 ? { queue: { max_admitted: Number(said['inside']) } } : {}),
    };
    const done = await change.send(body, (key) => ask('post', '/v1/operator/concerts', { body, key }), deskWords().draftMade);
    if (done) { page.go(`#/concert/${done.data.id}`); }
  }

  /** @param {Schemas['ConcertView']} concert */
  function row(concert) {
    const w = deskWords();
    return html`<td><a href="#/concert/${concert.id}">${concert.title}</a></td>
      <td>${concert.ended ? w.ended : w.concertStates[concert.state]}</td>
      <td>${dateTime(concert.on_sale_at, concert.time_zone)}</td>
      <td>${isArchive ? html`<a href="#/reports/sales/performance/${concert.id}">${w.reports}</a> <a href="#/reports/attendance/performance/${concert.id}">${w.reportKinds.attendance}</a>`
        : html`<a href="#/sale/${concert.id}">${w.sale}</a>`}</td>
      <td><button type="button" @click=${() => {
        like = concert;
        page.redraw();
        document.getElementById('new')?.scrollIntoView();
        /** @type {HTMLInputElement | null} */ (document.querySelector('input[name=title]'))?.focus();
      }}>${w.duplicate}</button></td>`;
  }

  void list.load();
  return {
    title: () => (isArchive ? deskWords().archive : deskWords().concerts),
    wide: true,
    view: () => {
      const w = deskWords();
      const cancel = like?.cancel_until_minutes;
      const ways = html`<p class="act choices"><a href="#/concerts" aria-current=${isArchive ? 'false' : 'page'}>${w.concerts}</a>
        <a href="#/concerts/archive" aria-current=${isArchive ? 'page' : 'false'}>${w.archive}</a></p>`;
      return html`${heading(isArchive ? w.archive : w.concerts)}${change.trouble()}${ways}
        ${list.table([words().concert, w.state, w.onSaleAt, isArchive ? w.reports : w.sale, w.duplicate], row)}
        <form class="card columns" id="new" @submit=${make}><h2>${like ? `${w.concertLike}: ${like.title}` : w.newConcert}</h2>
          <p class="whole hint">${w.newConcertText}</p>
          <label>${words().concertTitle}<input name="title" required maxlength="100" .value=${like?.title ?? ''}></label>
          <label>${words().timeZone}<input name="zone" required .value=${like?.time_zone ?? venue.time_zone}></label>
          <label>${words().saleFrom}<input name="sale" type="datetime-local" .value=${like ? localAt(like.on_sale_at, like.time_zone) : ''}></label>
          <label>${w.mostPerBuyer} (${w.optional})<input name="most" type="number" min="1" max="100"></label>
          <label>${w.mostInside}<input name="inside" type="number" min="1" max="1000000" value="50"></label>
          <label>${w.cancelHours} (${w.emptyIsNever})<input name="cancel" type="number" min="0" max="8760" .value=${cancel === undefined ? '' : String(cancel / 60)}></label>
          <p class="act whole"><button class="main" ?disabled=${change.busy}>${w.makeDraft}</button></p></form>`;
    },
  };
}
