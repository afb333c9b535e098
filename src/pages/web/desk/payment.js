// One payment: its tickets, refunded one by one or all, exchanged, printed again.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dateTime, minorUnits, price } from '../common/format.js';
import { ask, may } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { heading, loading, retry, trouble } from '../buyer/screen.js';
import { Exchange } from './exchange.js';
import { Change } from './form.js';
import { Printed } from './printed.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @type {readonly Schemas['Way'][]} */
const WAYS = ['balance', 'cash', 'provider'];
/** @type {readonly Schemas['RefundedPlaces'][]} */
const PLACES = ['on_sale', 'waitlist', 'blocked'];

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} id @returns {Screen} */
export function open(page, venue, id) {
  const params = { payment_id: id };
  const change = new Change(page);
  const paper = new Printed(page, venue);
  const exchange = new Exchange(page, id);
  /** @type {Schemas['DeskPaymentView'] | undefined} */
  let payment;
  /** @type {Problem | undefined} */
  let problem;
  /** @type {Set<string>} */
  let chosen = new Set();

  async function load() {
    const asked = await ask('get', '/v1/operator/payments/{payment_id}', { params });
    problem = asked.ok ? undefined : asked.problem;
    if (asked.ok) {
      payment = asked.data;
      chosen = new Set();
      await paper.show(standing().map(({ code }) => code));
    }
    page.redraw();
  }

  const standing = () => payment?.tickets.filter((ticket) => ticket.refunded === undefined) ?? [];

  /** @param {SubmitEvent} event */
  async function refund(event) {
    event.preventDefault();
    const said = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const tickets = [...chosen];
    const kept = minorUnits(String(said.get('kept') ?? '')) ?? 0;
    if (!tickets.length || !window.confirm(`${deskWords().refundSure} ${tickets.length}`)) { return; }
    const places = /** @type {Schemas['RefundedPlaces']} */ (said.get('places'));
    const reason = places === 'blocked' ? { block_reason: String(said.get('reason') ?? '') } : {};
    const body = { tickets, ...reason, places, to: /** @type {Schemas['Way']} */ (said.get('to')), keep_per_ticket: kept };
    const done = await change.send(body, (key) => ask('post', '/v1/operator/payments/{payment_id}/refunds', { params, body, key }));
    if (!done) { return; }
    page.say(`${deskWords().refundedNow}: ${price(done.data.amount)}`);
    await load();
  }

  /** @param {Schemas['DeskTicketView']} ticket */
  function row(ticket) {
    const w = deskWords();
    const seen = paper.tickets.find(({ code }) => code === ticket.code)?.seat;
    const name = seen ? `${seen.section} ${seen.row} ${seen.label}` : ticket.code;
    return html`<tr><td>${ticket.refunded === undefined ? html`<label class="choice"><input type="checkbox" .checked=${chosen.has(ticket.code)} @change=${() => {
        chosen.delete(ticket.code) || chosen.add(ticket.code);
        page.redraw();
      }}><span>${name}</span></label>` : name}</td><td><code>${ticket.code}</code></td><td>${ticket.type}</td><td class="money">${price(ticket.price + ticket.fee)}</td>
      <td>${ticket.refunded === undefined ? (ticket.handed_on ? words().ticketStates.handed_on : w.valid) : `${w.refundedNow}: ${price(ticket.refunded)}`}</td></tr>`;
  }

  void load();
  return {
    title: () => deskWords().payment,
    wide: true,
    view: () => {
      const w = deskWords();
      if (!payment) { return problem ? retry(problem, () => void load()) : html`${heading(w.payment)}${loading()}`; }
      return html`${heading(`${w.payment}: ${price(payment.amount)}`)}${change.trouble()}
        <p>${dateTime(payment.paid_at, venue.time_zone)} <a href="#/buyer/${payment.user_id}">${w.toBuyer}</a>
          ${may('manage') ? html` <a href="#/audit/${payment.id}">${w.audit}</a>` : nothing}</p>
        <div class="scroll" tabindex="0" role="region" aria-label=${words().tickets}><table><thead><tr><th scope="col">${words().seatWord}</th><th scope="col">${words().code}</th>
          <th scope="col">${words().ticketType}</th><th scope="col" class="money">${words().price}</th><th scope="col">${w.state}</th></tr></thead>
          <tbody>${payment.tickets.map(row)}</tbody></table></div>
        ${standing().length ? html`<form class="card columns" @submit=${refund}><h2>${w.refundChosen}: ${chosen.size}</h2>
          <label>${w.refundTo}<select name="to">${WAYS.map((way) => html`<option value=${way}>${w.refundWays[way]}</option>`)}</select></label>
          <label>${w.placesGo}<select name="places">${PLACES.map((places) => html`<option value=${places}>${w.placesThen[places]}</option>`)}</select></label>
          <label>${w.blockReason}<input name="reason" maxlength="100"></label>
          <label>${w.keepEach}<input name="kept" inputmode="numeric" value="0"></label>
          <p class="act whole"><button type="button" @click=${() => {
            chosen = new Set(standing().map(({ code }) => code));
            page.redraw();
          }}>${w.chooseAll}</button><button class="main" ?disabled=${!chosen.size || change.busy}>${w.refundChosen}</button></p></form>` : nothing}
        ${standing().length ? exchange.view([...chosen], payment.tickets[0]?.performance_id) : nothing}
        ${payment.refunds.length ? html`<h2>${w.refunds}</h2><ul>${payment.refunds.map((refund) => html`<li>${dateTime(refund.refunded_at, venue.time_zone)}:
          ${price(refund.amount)}, ${w.refundWays[refund.to]}</li>`)}</ul>` : nothing}
        ${trouble(paper.problem)}${paper.view()}`;
    },
  };
}
