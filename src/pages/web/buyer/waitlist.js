// The waitlist of a concert that is sold out: what somebody wants, the place on the list, and what is offered, with one button
// that pays for it and cannot pay twice.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call, isOpen, newKey } from '../common/api.js';
import { number, price } from '../common/format.js';
import { session } from '../common/session.js';
import { forAll } from '../keep/store.js';
import { seatName } from '../seat-map/spoken.js';
import { words } from '../words/index.js';
import { fields, heading, loading, retry, trouble } from './screen.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** How often the place is asked for, in milliseconds. */
const LOOK_EVERY = 10_000;
const PATH = '/v1/concerts/{concert_id}/waitlist';

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [id] @returns {Screen} */
export function open(page, venue, id = '') {
  const params = { concert_id: id };
  const kept = `offer:${id}`;
  /** @type {Schemas['ShownConcertView'] | undefined} */
  let concert;
  /** @type {Schemas['WaitlistPlaceView'] | undefined} */
  let place;
  /** @type {number | undefined} */
  let balance;
  /** @type {Problem | undefined} */
  let problem;
  let ready = false;
  let busy = false;

  async function load() {
    problem = undefined;
    if (!session()) { return page.turn(`#/log-in/${encodeURIComponent(`#/waitlist/${id}`)}`); }
    const asked = await call('get', '/v1/concerts/{concert_id}', { params });
    if (asked.ok) { concert = asked.data; } else { problem = asked.problem; }
    await look();
  }

  async function look() {
    const asked = await call('get', PATH, { params, credential: session() });
    if (asked.ok) { place = asked.data; } else if (asked.problem.code === 'not_on_waitlist') { place = undefined; } else { problem = asked.problem; }
    if (place?.offer && balance === undefined) {
      const money = await call('get', '/v1/balance', { credential: session() });
      if (money.ok) { balance = money.data.balance; }
      page.say(words().offered);
    }
    ready = true;
    page.redraw();
  }

  /** @param {SubmitEvent} event */
  async function join(event) {
    const said = fields(event);
    if (busy) { return; }
    busy = true;
    const body = {
      quantity: Number(said['quantity']),
      ...(said['date'] ? { performance_ids: [said['date']] } : {}),
      ...(said['grade'] ? { grade: said['grade'] } : {}),
    };
    const asked = await call('post', PATH, { params, credential: session(), body, key: newKey() });
    busy = false;
    problem = asked.ok ? undefined : asked.problem;
    if (asked.ok) { place = asked.data; }
    page.redraw();
  }

  async function leave() {
    if (!confirm(words().leaveListSure)) { return; }
    const asked = await call('delete', PATH, { params, credential: session() });
    problem = asked.ok ? undefined : asked.problem;
    await look();
  }

  async function pay() {
    if (busy || !place?.offer) { return; }
    busy = true;
    // The intention is kept until the office has said what became of it.
    const key = forAll.get(kept) ?? newKey();
    forAll.set(kept, key);
    page.redraw();
    const body = { amount: place.offer.amount };
    const asked = await call('post', '/v1/concerts/{concert_id}/waitlist/payment', { params, credential: session(), body, key });
    busy = false;
    if (asked.ok || !isOpen(asked.problem)) { forAll.set(kept, null); }
    if (asked.ok) {
      page.say(words().paid);
      return page.turn(`#/tickets/${asked.data.id}`);
    }
    problem = asked.problem;
    balance = undefined;
    await look();
  }

  const timer = setInterval(() => { if (place && !busy) { void look(); } }, LOOK_EVERY);
  void load();

  return {
    title: () => words().waitlist,
    close() { clearInterval(timer); },
    view: () => {
      const w = words();
      if (!ready || !concert) { return html`${heading(w.waitlist)}${problem ? retry(problem, () => void load()) : loading()}`; }
      return html`
        ${heading(`${w.waitlist}: ${concert.title}`)}
        ${trouble(problem)}
        ${place?.offer ? offer(place.offer, balance, busy, { pay, leave, look }) : place ? waits(place, leave) : wish(concert, venue, busy, join)}
        <p><a href="#/concerts/${id}">${w.toConcert}</a></p>`;
    },
  };
}

/** @param {Schemas['OfferView']} offer @param {number | undefined} balance @param {boolean} busy
 * @param {{ pay: () => void, leave: () => void, look: () => void }} act */
function offer(offer, balance, busy, act) {
  const w = words();
  const missing = Math.max(0, offer.amount - (balance ?? 0));
  return html`<section class="card" role="status">
    <h2>${w.offered}</h2>
    <p><strong>${offer.local_date} ${offer.local_time}</strong>, ${offer.hall}</p>
    <ul class="bill">${offer.seats.map((seat) => html`<li><span>${seatName(seat)} (${seat.grade})</span> <span>${price(seat.price)}</span></li>`)}</ul>
    <p class="sum"><span>${w.total}</span> <strong>${price(offer.amount)}</strong></p>
    ${missing && balance !== undefined ? html`<p class="sum missing"><span>${w.missing}</span> <strong>${price(missing)}</strong></p>` : nothing}
    <p>${w.keptFor}: <count-down until=${offer.held_until} @over=${act.look}></count-down></p></section>
    <p class="act"><button type="button" class="main" ?disabled=${busy || missing > 0} @click=${act.pay}>${w.payNow(price(offer.amount))}</button>
      ${missing ? html`<a href="#/account">${w.topUp}</a>` : nothing}
      <button type="button" @click=${act.leave}>${w.decline}</button></p>`;
}

/** @param {Schemas['WaitlistPlaceView']} place @param {() => void} leave */
function waits(place, leave) {
  const w = words();
  return html`<section class="card"><p>${w.onWaitlist}</p>
      <p>${w.ahead}: <strong>${number(place.ahead ?? 0)}</strong></p>
      <p>${w.quantity}: ${number(place.quantity)}${place.grade ? html`, ${w.grade}: ${place.grade}` : nothing}</p></section>
    <p class="act"><button type="button" @click=${leave}>${w.leaveList}</button></p>`;
}

/** @param {Schemas['ShownConcertView']} concert @param {Schemas['VenueView']} venue @param {boolean} busy
 * @param {(event: SubmitEvent) => void} join */
function wish(concert, venue, busy, join) {
  const w = words();
  const grades = [...new Set(concert.dates.flatMap((date) => date.grades.map(({ grade }) => grade)))];
  return html`<form class="card" @submit=${join}><p>${w.waitlistHow}</p>
    <label>${w.date}<select name="date"><option value="">${w.any}</option>${concert.dates.map((date) =>
      html`<option value=${date.performance_id}>${date.local_date} ${date.local_time}</option>`)}</select></label>
    <label>${w.grade}<select name="grade"><option value="">${w.any}</option>${grades.map((grade) =>
      html`<option>${grade}</option>`)}</select></label>
    <label>${w.quantity}<input name="quantity" type="number" min="1" max=${venue.seats_per_user} value="1" required></label>
    <button class="main" ?disabled=${busy}>${w.joinWaitlist}</button></form>`;
}
