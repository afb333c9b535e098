// One ticket as it is shown at the door: a large code, seat, hall, time; on paper, in the calendar, and without a network
// once it was opened here.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call, keys } from '../common/api.js';
import { dateTime, price } from '../common/format.js';
import { session } from '../common/session.js';
import { forAll } from '../keep/store.js';
import { seatName } from '../seat-map/spoken.js';
import { words } from '../words/index.js';
import { calendarOf } from './calendar.js';
import { fields, heading, loading, retry, trouble } from './screen.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */
/** @typedef {Schemas['TicketView']} Ticket */

/** Whose codes open no door any more. */
const DEAD = ['ticket_cancelled', 'ticket_handed_on', 'ticket_not_found'];
/** So many opened tickets are kept. */
const MOST = 100;

/** The tickets that were opened in this browser, latest first. @returns {Ticket[]} */
export const kept = () => forAll.get('tickets') ?? [];

/** @param {Ticket} ticket */
function keep(ticket) {
  const others = kept().filter(({ code }) => code !== ticket.code);
  forAll.set('tickets', [ticket, ...others].slice(0, MOST));
}

/** What opens no door any more is kept no longer.
 * @param {string} code */
export const forget = (code) => forAll.set('tickets', kept().filter((ticket) => ticket.code !== code));

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [code] @returns {Screen} */
export function open(page, venue, code = '') {
  let ticket = kept().find((one) => one.code === code);
  /** @type {Problem | undefined} */
  let problem;

  async function load() {
    if (!session()) { return ticket ? undefined : page.turn(`#/log-in/${encodeURIComponent(`#/ticket/${code}`)}`); }
    const asked = await call('get', '/v1/tickets/{code}', { credential: session(), params: { code } });
    if (asked.ok) {
      ticket = asked.data;
      keep(ticket);
    } else if (DEAD.includes(asked.problem.code)) {
      ticket = undefined;
      forget(code);
    }
    problem = asked.ok ? undefined : asked.problem;
    page.redraw();
  }
  void load();

  const keyOf = keys();
  let busy = false;

  /** @param {SubmitEvent} event */
  async function handOn(event) {
    const { email = '' } = fields(event);
    if (busy || !confirm(words().handOnSure)) { return; }
    busy = true;
    page.redraw();
    const asked = await call('post', '/v1/tickets/{code}/handovers', { credential: session(), params: { code }, body: { email }, key: keyOf(email) });
    busy = false;
    if (asked.ok) {
      forget(code);
      page.say(words().handedNow);
      return page.turn('#/tickets');
    }
    problem = asked.problem;
    page.redraw();
  }

  /** @param {'a4' | 'roll'} paper */
  function print(paper) {
    document.documentElement.dataset['paper'] = paper;
    window.print();
  }

  return {
    title: () => words().ticket,
    view: () => {
      const w = words();
      if (!ticket) { return html`${heading(w.ticket)}${problem ? retry(problem, () => void load()) : loading()}`; }
      const shown = ticket;
      return html`
        ${heading(shown.concert)}
        ${problem ? trouble(problem.code === 'offline' ? { code: 'ticket_offline', status: 0 } : problem) : nothing}
        <article class="ticket card">
          <img class="qr" alt=${w.qrAlt} src=${`data:image/svg+xml,${encodeURIComponent(shown.qr_svg)}`}>
          <p class="code">${shown.code}</p>
          <dl>
            <div><dt>${w.seatWord}</dt><dd>${seatName(shown.seat)} (${shown.seat.grade}, ${shown.seat.type})</dd></div>
            <div><dt>${w.when}</dt><dd><time datetime=${shown.starts_at}>${shown.local_date} ${shown.local_time} (UTC${shown.utc_offset})</time></dd></div>
            <div><dt>${w.where}</dt><dd>${venue.name}, ${shown.hall}</dd></div>
            <div><dt>${w.price}</dt><dd>${price(shown.seat.price)}</dd></div>
          </dl>
          <p class="hint">${dateTime(shown.starts_at, venue.time_zone)} · ${w.ticketHint}</p>
        </article>
        <p class="act actions">
          <button type="button" @click=${() => print('a4')}>${w.printA4}</button>
          <button type="button" @click=${() => print('roll')}>${w.printRoll}</button>
          <a class="button" download="ticket.ics" href=${calendarOf(shown, venue.name)}>${w.calendar}</a>
          <a href="#/tickets">${w.allTickets}</a>
        </p>
        <details class="card actions"><summary>${w.handOn}</summary><form @submit=${handOn}><p>${w.handOnHow}</p>
          <label>${w.handOnTo}<input name="email" type="email" autocomplete="off" required></label>
          <button ?disabled=${busy}>${w.handOn}</button></form></details>`;
    },
  };
}
