// Tickets on paper: each with its code as the office draws it. Fetched by their codes, whoever has bought them.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { price } from '../common/format.js';
import { seatName } from '../seat-map/spoken.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';

/** @import { Page } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

export class Printed {
  /** @type {Schemas['TicketView'][]} */ tickets = [];
  /** @type {Problem | undefined} */ problem;

  /** @param {Page} page @param {Schemas['VenueView']} venue */
  constructor(page, venue) {
    this.page = page;
    this.venue = venue;
  }

  /** Fetches these tickets.
   * @param {readonly string[]} codes */
  async show(codes) {
    [this.tickets, this.problem] = [[], undefined];
    const asked = await Promise.all(codes.map((code) => ask('get', '/v1/operator/tickets/{code}', { params: { code } })));
    this.tickets = asked.flatMap((one) => (one.ok ? [one.data] : []));
    this.problem = asked.find((one) => !one.ok)?.problem;
    this.page.redraw();
  }

  clear() { [this.tickets, this.problem] = [[], undefined]; }

  /** @param {'a4' | 'roll'} size */
  #print(size) {
    document.documentElement.dataset['paper'] = size;
    window.print();
  }

  /** @param {unknown} [more] what else can be done */
  view(more = nothing) {
    const w = words();
    if (!this.tickets.length) { return nothing; }
    return html`<p class="act"><button type="button" class="main print" @click=${() => this.#print('roll')}>${w.printRoll}</button>
      <button type="button" @click=${() => this.#print('a4')}>${w.printA4}</button>${more}</p>
      <section class="printed" aria-label=${deskWords().printedTickets}>${this.tickets.map((ticket) => this.#ticket(ticket))}</section>`;
  }

  /** @param {Schemas['TicketView']} ticket */
  #ticket(ticket) {
    const w = words();
    return html`<article class="card ticket"><h2>${ticket.concert}</h2>
      <img class="qr" alt=${w.qrAlt} src=${`data:image/svg+xml,${encodeURIComponent(ticket.qr_svg)}`}>
      <p class="code">${ticket.code}</p>
      <dl><div><dt>${w.seatWord}</dt><dd>${seatName(ticket.seat)}</dd></div>
        <div><dt>${w.when}</dt><dd>${ticket.local_date} ${ticket.local_time}</dd></div>
        <div><dt>${w.where}</dt><dd>${ticket.hall}</dd></div>
        <div><dt>${w.price}</dt><dd>${ticket.seat.type}, ${price(ticket.seat.price)}</dd></div></dl>
      <p class="hint">${this.venue.name}</p></article>`;
  }
}
