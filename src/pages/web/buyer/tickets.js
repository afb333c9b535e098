// All tickets of the account, by payment. Those that were opened are kept in this browser and show without a network.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call } from '../common/api.js';
import { dateTime, price } from '../common/format.js';
import { session } from '../common/session.js';
import { words } from '../words/index.js';
import { kept } from './ticket.js';
import { heading, loading, retry } from './screen.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [paid] the payment that was just made
 * @returns {Screen} */
export function open(page, venue, paid = '') {
  /** @type {Schemas['PaymentView'][] | undefined} */
  let payments;
  /** @type {string | undefined} */
  let more;
  /** @type {Problem | undefined} */
  let problem;

  async function load() {
    problem = undefined;
    if (!session()) { return page.turn(`#/log-in/${encodeURIComponent('#/tickets')}`); }
    const query = more ? { cursor: more } : {};
    const asked = await call('get', '/v1/payments', { credential: session(), query });
    if (asked.ok) {
      payments = [...(payments ?? []), ...asked.data.payments];
      more = asked.data.next_cursor;
    } else { problem = asked.problem; }
    page.redraw();
  }
  void load();

  return {
    title: () => words().tickets,
    view: () => {
      const w = words();
      return html`
        ${heading(paid && payments ? w.paid : w.tickets)}
        ${problem ? retry(problem, () => void load()) : nothing}
        ${problem && !payments ? offline() : nothing}
        ${payments ? payments.map((payment) => one(payment, venue, payment.id === paid)) : problem ? nothing : loading()}
        ${payments && !payments.length ? html`<p>${w.noTickets}</p>` : nothing}
        ${more ? html`<p><button type="button" @click=${load}>${w.showMore}</button></p>` : nothing}`;
    },
  };
}

/** What this browser kept. */
function offline() {
  const tickets = kept();
  if (!tickets.length) { return nothing; }
  return html`<section class="card"><h2>${words().keptTickets}</h2><ul>${tickets.map((ticket) => html`
    <li><a href="#/ticket/${ticket.code}">${ticket.concert}, ${ticket.local_date} ${ticket.local_time}, ${ticket.seat.row} ${ticket.seat.label}</a></li>`)}</ul></section>`;
}

/** @param {Schemas['PaymentView']} payment @param {Schemas['VenueView']} venue @param {boolean} isNew */
function one(payment, venue, isNew) {
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
  </section>`;
}
