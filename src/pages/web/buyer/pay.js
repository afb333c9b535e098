// Paying: what, how much, what is there, exactly what is missing, and one button that cannot pay twice. The intention has
// one key that is kept over reloads: whatever becomes of an answer, the same is asked again until the office said which.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call, isOpen, keys, newKey } from '../common/api.js';
import { decimals, price } from '../common/format.js';
import { session } from '../common/session.js';
import { forAll } from '../keep/store.js';
import { seatName } from '../seat-map/spoken.js';
import { words } from '../words/index.js';
import { Holds } from './holds.js';
import { goAndPay } from './checkout.js';
import { ended } from './ended.js';
import { conditions } from './said.js';
import { fields, heading, loading, retry, trouble } from './screen.js';
import { TopUp } from './top-up.js';
import { isEnd, visitOf } from './visit.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** Pauses between asking again what became of a payment, in milliseconds. */
const AGAIN = [500, 1000, 2000, 4000, 8000];

/** What somebody meant to pay and has no answer to yet.
 * @typedef {{ key: string, token: string, body: Schemas['PayRequest'] }} Intention */
/** @typedef {{ was: number, now: number, held: Schemas['HoldView'][] }} Repriced */

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [id] @returns {Screen} */
export function open(page, venue, id = '') {
  const visit = visitOf(id);
  const holds = new Holds('');
  const name = `pay:${id}`;
  /** @type {number | undefined} */
  let balance;
  /** What the held seats cost with the code. @type {Schemas['BillView'] | undefined} */
  let cost;
  /** @type {Schemas['ShownConcertView'] | undefined} */
  let concert;
  /** A discount code that the office takes. @type {string | undefined} */
  let code;
  /** @type {Problem | undefined} */
  let problem;
  /** What was meant to be paid and costs another sum now. @type {Repriced | undefined} */
  let repriced;
  /** Whether the office has been asked to take the money and has not said yet. */
  let asking = false;
  let ready = false;
  let closed = false;

  async function start() {
    problem = undefined;
    if (!session() && !visit.token) { return page.turn(`#/log-in/${encodeURIComponent(`#/pay/${id}`)}`); }
    /** @type {Intention | null} */
    const open = forAll.get(name);
    if (open) { return settle(open); }
    const lost = await visit.recover();
    if (closed) { return; }
    if (lost && !visit.end) {
      if (lost.code === 'not_in_queue') { return page.turn(`#/concerts/${id}`); }
      return fail(lost);
    }
    if (visit.position?.status === 'waiting') { return page.turn(`#/wait/${id}`); }
    holds.token = visit.token ?? '';
    const [asked, shown, lostHolds, lostBill] = await Promise.all([
      call('get', '/v1/balance', { credential: visit.token }), call('get', '/v1/concerts/{concert_id}', { params: { concert_id: id } }),
      holds.load(), reckon(code),
    ]);
    if (asked.ok) { balance = asked.data.balance; }
    if (shown.ok) { concert = shown.data; }
    ready = true;
    const lostAny = lostHolds ?? lostBill;
    lostAny ? fail(lostAny) : page.redraw();
  }

  /** Asks what the held seats cost with this code, and keeps the code if it is taken.
   * @param {string | undefined} wanted */
  async function reckon(wanted) {
    const asked = await call('get', '/v1/bill', { credential: visit.token, query: wanted ? { code: wanted } : {} });
    if (!asked.ok) { return asked.problem; }
    [cost, code] = [asked.data, wanted];
    return undefined;
  }

  /** @param {SubmitEvent} event */
  async function enter(event) {
    problem = await reckon(fields(event)['code']?.trim() || undefined);
    problem && isEnd(problem) ? fail(problem) : page.redraw();
  }

  /** @param {Problem} said */
  function fail(said) {
    if (isEnd(said)) { visit.over(said); }
    problem = said;
    page.redraw();
  }

  function pay() {
    if (asking || !cost) { return; }
    repriced = undefined;
    const body = { seat_ids: cost.seats.map((seat) => seat.id), amount: cost.amount, ...(code ? { code } : {}) };
    const intention = { key: newKey(), token: visit.token ?? '', body };
    forAll.set(name, intention);
    void settle(intention);
  }

  /** Asks until the office has said whether the payment stands.
   * @param {Intention} intention */
  async function settle({ key, token, body }) {
    asking = true;
    problem = undefined;
    page.redraw();
    for (let tries = 0; !closed; tries++) {
      const asked = await call('post', '/v1/payments', { credential: token, body, key });
      if (closed) { return; }
      if (asked.ok) { return paid(asked.data); }
      problem = asked.problem;
      if (!isOpen(problem)) { break; }
      page.redraw();
      await new Promise((done) => setTimeout(done, AGAIN[Math.min(tries, AGAIN.length - 1)]));
    }
    if (closed) { return; }
    // Refused: nothing was taken, and another wish to pay is another one.
    const refused = problem;
    const held = holds.all;
    forAll.set(name, null);
    asking = false;
    await start();
    if (refused?.code === 'amount_mismatch') { repriced = { was: body.amount, now: Number(refused['amount']), held }; }
    // The visit may have ended by a payment of another tab.
    if (refused && !repriced) { fail(refused); }
    page.redraw();
  }

  /** @param {Schemas['PaidView']} data */
  function paid(data) {
    forAll.set(name, null);
    visit.over({ code: 'token_completed', status: 401 });
    page.say(words().paid);
    page.turn(`#/tickets/${data.id}`);
  }

  /** Holds what is free again, at what it costs now. */
  async function holdAgain() {
    const wanted = repriced?.held ?? [];
    repriced = undefined;
    for (const hold of wanted) { problem = await holds.again(hold) ?? problem; }
    const refused = problem;
    await start();
    if (refused) { fail(refused); }
  }

  const keyOf = keys();
  let leaving = false;

  /** Pays what is missing by card; the seats are bought with it at once. */
  async function byCard() {
    if (!cost || leaving) { return; }
    leaving = true;
    page.redraw();
    const then_pay = { concert_id: id, seat_ids: cost.seats.map((seat) => seat.id), amount: cost.amount, ...(code ? { code } : {}) };
    const body = { amount: cost.amount - (balance ?? 0), then_pay };
    problem = await goAndPay(body, keyOf(body));
    leaving = false;
    page.redraw();
  }

  const topUp = new TopUp(page, venue, (there) => {
    balance = there;
    problem = undefined;
  }, { credential: () => visit.token });

  void start();
  return {
    title: () => words().pay,
    close() { closed = true; },
    view: () => {
      const w = words();
      if (asking) { return html`${heading(w.pay)}<p role="status" class="loading">${problem ? w.payUnknown : w.paying}</p>`; }
      if (visit.end) { return ended(visit.end, () => page.turn(`#/concerts/${id}`), undefined, id); }
      if (!ready) { return html`${heading(w.pay)}${problem ? retry(problem, () => void start()) : loading()}`; }
      if (!holds.all.length) {
        return html`${heading(w.pay)}${repriced?.held.length ? repricedNotice(repriced, holdAgain) : trouble(problem ?? { code: 'hold_not_found', status: 404 })}
          <p class="act"><a class="button" href="#/choose/${id}">${w.chooseSeats}</a></p>`;
      }
      const missing = Math.max(0, (cost?.amount ?? 0) - (balance ?? 0));
      return html`
        ${heading(w.pay)}
        ${repriced ? repricedNotice(repriced) : trouble(problem)}
        ${bill(holds, cost, balance, missing, lapse)}
        <details class="card" ?open=${code !== undefined}><summary>${w.discountCode}</summary>
          <form @submit=${enter}>
            <label>${w.code}<input name="code" maxlength="80" autocomplete="off" autocapitalize="characters" .value=${code ?? ''}></label>
            <button>${w.useCode}</button></form></details>
        ${missing && balance !== undefined ? topUps(venue, missing, topUp, leaving, byCard) : nothing}
        ${concert ? conditions(concert, venue) : nothing}
        <p class="act"><button type="button" class="main" ?disabled=${missing > 0 || balance === undefined || !cost} @click=${pay}>
          ${w.payNow(price(cost?.amount ?? holds.amount))}</button> <a href="#/choose/${id}">${w.changeSeats}</a></p>`;
    },
  };

  async function lapse() {
    const lost = await holds.lapse() ?? await reckon(code);
    lost ? fail(lost) : page.redraw();
  }
}

/** It costs another sum than was seen: from what to what, and whether it is wanted at that.
 * @param {Repriced} repriced @param {() => void} [again] where it has to be held again first */
function repricedNotice({ was, now }, again) {
  const w = words();
  return html`<div class="trouble repriced" role="alert"><p>${w.amountChanged(price(was), price(now))}</p>
    ${again ? html`<button type="button" class="main" @click=${again}>${w.holdAgain(price(now))}</button>` : nothing}</div>`;
}

/** @param {Holds} holds @param {Schemas['BillView'] | undefined} cost @param {number | undefined} balance @param {number} missing @param {() => void} lapse */
function bill(holds, cost, balance, missing, lapse) {
  const w = words();
  const first = holds.all[0];
  return html`<section class="card">
    ${first ? html`<p><strong>${first.local_date} ${first.local_time}</strong>, ${first.hall}</p>` : nothing}
    <ul class="bill">${(cost?.seats ?? holds.seats).map((seat) => html`<li><span>${seatName(seat)} (${seat.grade}, ${seat.type})</span> <span>${price(seat.price)}</span></li>`)}</ul>
    ${cost?.fees ? html`<p class="sum"><span>${w.fees}</span> <span>${price(cost.fees)}</span></p>` : nothing}
    <p class="sum"><span>${w.total}</span> <strong>${price(cost?.amount ?? holds.amount)}</strong></p>
    ${cost?.discount ? html`<p class="sum"><span>${w.discount}</span> <span>${price(cost.discount)}</span></p>` : nothing}
    <p class="sum"><span>${w.balance}</span> <span>${balance === undefined ? w.unknown : price(balance)}</span></p>
    ${missing && balance !== undefined ? html`<p class="sum missing"><span>${w.missing}</span> <strong>${price(missing)}</strong></p>` : nothing}
    ${holds.until ? html`<p>${w.keptFor}: <count-down until=${holds.until} @over=${lapse}></count-down></p>` : nothing}
  </section>`;
}

/** The ways to the money that is missing.
 * @param {Schemas['VenueView']} venue @param {number} missing @param {TopUp} topUp
 * @param {boolean} leaving @param {() => void} byCard */
function topUps(venue, missing, topUp, leaving, byCard) {
  const w = words();
  const hasCards = venue.checkout_providers.length > 0;
  const card = hasCards ? html`<section class="card"><p>${w.cardHow}</p>
    <button type="button" class="main" ?disabled=${leaving} @click=${byCard}>${w.byCard(price(missing))}</button></section>` : nothing;
  if (venue.top_up_by !== 'buyers') { return hasCards ? card : html`<p class="card">${w.topUpAtCounter}</p>`; }
  return html`${card}${topUp.own((missing / 10 ** decimals()).toFixed(decimals()))}`;
}
