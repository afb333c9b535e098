// The venue's page: what is on sale, soonest first; in a demonstration also who you can be.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call } from '../common/api.js';
import { now } from '../common/clock.js';
import { dateTime, number } from '../common/format.js';
import { language, words } from '../words/index.js';
import { picture, textOf } from './said.js';
import { guide } from './guide.js';
import { heading, loading, retry, showMore } from './screen.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} venue @returns {Screen} */
export function open(page, venue) {
  /** @type {Schemas['ListedConcertView'][] | undefined} */
  let concerts;
  /** @type {Problem | undefined} */
  let problem;
  /** @type {string | undefined} */
  let more;

  async function load() {
    problem = undefined;
    const asked = await call('get', '/v1/concerts', { query: more ? { cursor: more } : {} });
    if (asked.ok) {
      concerts = [...(concerts ?? []), ...asked.data.concerts];
      more = asked.data.next_cursor;
    } else { problem = asked.problem; }
    page.redraw();
  }
  void load();

  return {
    title: () => words().onSale,
    view: () => html`
      ${heading(venue.name)}
      ${welcome(venue)}
      ${guide(page)}
      <h2>${words().onSale}</h2>
      ${problem ? retry(problem, () => void load()) : nothing}
      ${concerts ? list(concerts, venue) : problem ? nothing : loading()}
      ${more ? showMore(load) : nothing}`,
  };
}

/** What the venue says to whoever comes, in their language or its own.
 * @param {Schemas['VenueView']} venue */
function welcome(venue) {
  const tags = [language(), ...venue.languages];
  const tag = tags.find((one) => venue.welcome?.[one]);
  return tag ? html`<p class="welcome" lang=${tag}>${venue.welcome?.[tag]}</p>` : nothing;
}

/** @param {Schemas['ListedConcertView'][]} concerts @param {Schemas['VenueView']} venue */
function list(concerts, venue) {
  const w = words();
  if (!concerts.length) { return html`<div class="card"><p>${w.nothingOnSale}</p><p><a href="#/set-up">${w.setUpHere}</a></p></div>`; }
  return html`<ul class="cards">${concerts.map((concert) => html`
    <li class="card concert">
      ${picture(concert)}
      <div><h3><a href="#/concerts/${concert.id}">${textOf(concert, venue).title ?? concert.title}</a></h3>
      ${concert.next_date ? next(concert, concert.next_date) : nothing}
      <p>${saleLine(concert)}</p></div>
    </li>`)}</ul>`;
}

/** @param {Schemas['ListedConcertView']} concert @param {Schemas['OccasionView']} date */
function next(concert, date) {
  const w = words();
  return html`<p>${w.nextDate}: <time datetime=${date.starts_at}>${dateTime(date.starts_at, concert.time_zone)}</time>, ${date.hall}
    ${concert.dates_to_come > 1 ? html`<span class="hint">(${w.moreDates(concert.dates_to_come - 1)})</span>` : nothing}</p>`;
}

/** When the sale is, or how it goes.
 * @param {Schemas['ListedConcertView'] | Schemas['ShownConcertView']} concert */
export function saleLine(concert) {
  const w = words();
  if (Date.parse(concert.on_sale_at) > now()) {
    return html`${w.onSaleAt}: <time datetime=${concert.on_sale_at}>${dateTime(concert.on_sale_at, concert.time_zone)}</time>
      (<count-down until=${concert.on_sale_at}></count-down>)`;
  }
  if (concert.sale !== 'on_sale') { return html`<span class="state">${w.sales[concert.sale]}</span>`; }
  return html`<span class="state ${concert.queue_state}">${w.queueStates[concert.queue_state]}</span>
    <span class="left ${concert.left}">${w.left[concert.left]}</span>
    ${concert.waiting ? html`<span>${w.waitingNow}: ${number(concert.waiting)}</span>` : nothing}`;
}
