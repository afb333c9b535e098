// All tickets of the account, by payment. Those that were opened are kept in this browser and show without a network.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call, keys } from '../common/api.js';
import { dateTime, price } from '../common/format.js';
import { session } from '../common/session.js';
import { seatName } from '../seat-map/spoken.js';
import { words } from '../words/index.js';
import { forget, kept } from './ticket.js';
import { heading, loading, retry, showMore, trouble } from './screen.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [paid] the payment that was just made
 * @returns {Screen} */
export function open(page, venue, paid = '') {
  /** @type {Schemas['PaymentView'][] | undefined} */
  let payments;
  /** @type {string | undefined} */
  let more;
  /** @type {Schemas['HandedTicketView'][]} */
  let handed = [];
  /** @type {Problem | undefined} */
  let problem;
  /** What became of the last wish to cancel. @type {Problem | undefined} */
  let refused;
  let said = '';
  let busy = false;
  const keyOf = keys();

  async function load() {
    problem = undefined;
    if (!session()) { return page.turn(`#/log-in/${encodeURIComponent('#/tickets')}`); }
    const query = more ? { cursor: more } : {};
    const [asked, others] = await Promise.all([
      call('get', '/v1/payments', { credential: session(), query }), more ? undefined : call('get', '/v1/tickets', { credential: session() }),
    ]);
    if (others?.ok) { handed = others.data.tickets; }
    if (asked.ok) {
      payments = [...(payments ?? []), ...asked.data.payments];
      more = asked.data.next_cursor;
    } else { problem = asked.problem; }
    page.redraw();
  }
  void load();

  /** @param {SubmitEvent} event @param {Schemas['PaymentView']} payment */
  async function cancel(event, payment) {
    event.preventDefault();
    const tickets = new FormData(/** @type {HTMLFormElement} */ (event.target)).getAll('ticket').map(String);
    if (busy || !tickets.length || !confirm(words().cancelSure)) { return; }
    busy = true;
    page.redraw();
    const params = { payment_id: payment.id };
    const asked = await call('post', '/v1/payments/{payment_id}/cancellations', {
      params, credential: session(), body: { tickets }, key: keyOf([payment.id, tickets]),
    });
    busy = false;
    refused = asked.ok ? undefined : asked.problem;
    said = asked.ok ? words().cancelledNow(price(asked.data.amount)) : '';
    if (asked.ok) {
      tickets.forEach(forget);
      [payments, more] = [undefined, undefined];
      return load();
    }
    page.redraw();
  }

  return {
    title: () => words().tickets,
    view: () => {
      const w = words();
      return html`
        ${heading(paid && payments ? w.paid : w.tickets)}
        ${problem ? retry(problem, () => void load()) : nothing}
        ${problem && !payments ? offline() : nothing}
        ${trouble(refused)}
        ${said ? html`<p role="status"><strong>${said}</strong></p>` : nothing}
        ${handed.length ? given(handed) : nothing}
        ${payments ? payments.map((payment) => one(payment, venue, payment.id === paid, busy, cancel)) : problem ? nothing : loading()}
        ${payments && !payments.length && !handed.length ? html`<p>${w.noTickets}</p>` : nothing}
        ${more ? showMore(load) : nothing}`;
    },
  };
}

/** What this browser kept. */
function offline() {
  const tickets = kept();
  if (!tickets.length) { return nothing; }
  return html`<section class="card"><h2>${words().keptTickets}</h2><ul>${tickets.map((ticket) => html`
    <li><a href="#/ticket/${ticket.code}">${ticket.concert}, ${ticket.local_date} ${ticket.local_time}, ${seatName(ticket.seat)}</a></li>`)}</ul></section>`;
}

/** Tickets that others paid.
 * @param {Schemas['HandedTicketView'][]} tickets */
function given(tickets) {
  const w = words();
  return html`<section class="card"><h2>${w.handedToYou}</h2><ul class="ticket-list">${tickets.map((ticket) => html`
    <li><a class="button" href="#/ticket/${ticket.code}">${ticket.concert}: ${ticket.local_date} ${ticket.local_time}</a></li>`)}</ul></section>`;
}

/** @param {Schemas['PaymentView']} payment @param {boolean} busy @param {(event: SubmitEvent, payment: Schemas['PaymentView']) => void} cancel */
function cancellation(payment, busy, cancel) {
  const w = words();
  if (!payment.tickets.some(({ state, code }) => state === 'valid' && code)) { return nothing; }
  return html`<details class="cancel"><summary>${w.cancelTickets}</summary>
    <form @submit=${(/** @type {SubmitEvent} */ event) => cancel(event, payment)}><p>${w.cancelHow}</p>
      ${payment.tickets.map((ticket, at) => ticket.state !== 'valid' || !ticket.code ? nothing : html`
        <label class="choice"><input type="checkbox" name="ticket" value=${ticket.code}>
          <span>${w.ticket} ${at + 1}: ${ticket.local_date} ${ticket.local_time}, ${ticket.type} ${price(ticket.price)}</span></label>`)}
      <button ?disabled=${busy}>${w.cancelChosen}</button></form></details>`;
}

/** @param {Schemas['PaymentView']} payment @param {Schemas['VenueView']} venue @param {boolean} isNew @param {boolean} busy
 * @param {(event: SubmitEvent, payment: Schemas['PaymentView']) => void} cancel */
function one(payment, venue, isNew, busy, cancel) {
  const w = words();
  return html`<section class="card ${isNew ? 'new' : ''}">
    <h2>${payment.tickets[0]?.concert ?? ''}</h2>
    <p>${w.paidAt}: <time datetime=${payment.paid_at}>${dateTime(payment.paid_at, venue.time_zone)}</time>, ${price(payment.amount)}</p>
    <ul class="ticket-list">${payment.tickets.map((ticket, at) => {
      const label = `${w.ticket} ${at + 1}: ${ticket.local_date} ${ticket.local_time}`;
      return html`<li>${ticket.state === 'valid' && ticket.code
        ? html`<a class="button" href="#/ticket/${ticket.code}">${label}</a>`
        : html`${label} (${w.ticketStates[ticket.state]})`}</li>`;
    })}</ul>
    ${cancellation(payment, busy, cancel)}
  </section>`;
}
