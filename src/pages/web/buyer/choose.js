// Choosing seats. In this order for everybody: the best ones by a form, then a list, then the map. A tap holds the seat;
// one that somebody else has just taken offers its nearest free neighbours.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dateTime, number, price } from '../common/format.js';
import { words } from '../words/index.js';
import { GLYPHS, gradeLetter } from '../seat-map/paint.js';
import { seatList } from '../seat-map/seat-list.js';
import { seatName, spokenSeat } from '../seat-map/spoken.js';
import '../seat-map/seat-map.js';
import { basket } from './basket.js';
import { ended } from './ended.js';
import { Room } from './room.js';
import { fields, heading, loading, retry, trouble } from './screen.js';

/** @import { SeatMap } from '../seat-map/seat-map.js' */
/** @import { Page, Screen } from './screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [id] @param {string} [performance] @returns {Screen} */
export function open(page, venue, id = '', performance = '') {
  const map = () => /** @type {SeatMap | null} */ (document.querySelector('seat-map'));
  const room = new Room(page, id, performance, (changed) => map()?.repaint(changed));
  /** @type {Set<number>} */
  const opened = new Set();
  void room.enter();

  /** @param {SubmitEvent} event */
  function best(event) {
    const { grade = '', quantity = '1' } = fields(event);
    void room.best(grade, Number(quantity));
  }

  return {
    title: () => words().chooseSeats,
    wide: true,
    close: () => room.leave(),
    view: () => {
      const w = words();
      if (room.visit.end) { return ended(room.visit.end, () => page.turn(`#/concerts/${id}`), undefined, id); }
      if (!room.dates) { return html`${heading(w.chooseSeats)}${room.problem ? retry(room.problem, () => void room.enter()) : loading()}`; }
      const { seats } = room;
      return html`
        ${heading(w.chooseSeats)}
        ${timeInside(room)}
        ${datePicker(room)}
        ${trouble(room.problem)}
        ${room.offered.length ? offer(room) : nothing}
        <div class="chooser">
          <div class="ways">
            ${bestForm(room, venue, best)}
            ${seats ? html`
              <details class="card"><summary><h2>${w.list}</h2></summary>
                ${seatList(seats, opened, (index) => void room.pick(index), page.redraw)}</details>
              <section class="card map" aria-labelledby="map">
                <h2 id="map">${w.map}</h2>
                ${legend(room)}
                <seat-map .seats=${seats} @pick=${(/** @type {CustomEvent<number>} */ event) => void room.pick(event.detail)}></seat-map>
                <p class="zoom">
                  <button type="button" @click=${() => map()?.zoom(1.6)} aria-label=${w.closer}>+</button>
                  <button type="button" @click=${() => map()?.zoom(1 / 1.6)} aria-label=${w.further}>−</button>
                  <button type="button" @click=${() => map()?.zoom(0)}>${w.wholeHall}</button>
                  ${room.live ? nothing : html`<span class="hint">${w.notLive}</span>`}
                </p>
              </section>` : loading()}
          </div>
          ${basket(room, id)}
        </div>`;
    },
  };
}

/** @param {Room} room */
function timeInside(room) {
  const until = room.visit.position?.admitted_until;
  return until ? html`<p class="inside">${words().timeToChoose}:
    <count-down until=${until} @over=${() => void room.enter()}></count-down></p>` : nothing;
}

/** @param {Room} room */
function datePicker(room) {
  const dates = room.dates ?? [];
  const w = words();
  if (dates.length < 2) { return dates[0] ? html`<p>${dateLine(dates[0])}</p>` : html`<p>${w.noDates}</p>`; }
  return html`<fieldset class="dates"><legend>${w.date}</legend>${dates.map((date) => html`
    <label class="choice"><input type="radio" name="date" value=${date.performance_id} .checked=${date.performance_id === room.performance}
      @change=${() => void room.choose(date.performance_id)}><span>${dateLine(date)}
      <span class="hint">${date.available ? `${w.freeSeats}: ${number(date.available)}` : w.soldOut}</span></span></label>`)}</fieldset>`;

  /** @param {Schemas['DateView']} date */
  function dateLine(date) { return html`<time datetime=${date.starts_at}>${dateTime(date.starts_at, room.timeZone)}</time>, ${date.hall}`; }
}

/** @param {Room} room @param {Schemas['VenueView']} venue @param {(event: SubmitEvent) => void} best */
function bestForm(room, venue, best) {
  const w = words();
  const grades = room.date?.grades ?? [];
  const most = Math.max(1, venue.seats_per_user - room.holds.seats.length);
  return html`<form class="card best" @submit=${best}>
    <h2>${w.bestSeats}</h2>
    <fieldset><legend>${w.grade}</legend>${grades.map((grade, at) => html`
      <label class="choice"><input type="radio" name="grade" value=${grade.grade} ?checked=${at === 0} required>
        <span><strong>${grade.grade}</strong> ${price(grade.price)}
        <span class="hint">${grade.available ? `${w.freeSeats}: ${number(grade.available)}` : w.soldOut}</span></span></label>`)}</fieldset>
    <label>${w.quantity}<select name="quantity">${Array.from({ length: most }, (_, at) => html`
      <option value=${at + 1} ?selected=${at + 1 === Math.min(2, most)}>${number(at + 1)}</option>`)}</select></label>
    <button class="main" ?disabled=${room.busy}>${w.holdBest}</button>
  </form>`;
}

/** @param {Room} room */
function legend(room) {
  const w = words();
  const { seats } = room;
  if (!seats) { return nothing; }
  return html`<ul class="legend">${seats.grades.map((grade, at) => html`
    <li><span class="dot grade-${at % 7}" aria-hidden="true">${gradeLetter(seats, at)}</span>${grade.name}
      ${grade.least === grade.most ? price(grade.least) : `${price(grade.least)} – ${price(grade.most)}`}</li>`)}
    ${Object.entries(GLYPHS).filter(([kind]) => kind !== 'standard' && seats.seats.some((seat) => seat.kind === kind)).map(([kind, glyph]) => html`
      <li><span aria-hidden="true">${glyph}</span>${w.seatKinds[/** @type {keyof typeof GLYPHS} */ (kind)]}</li>`)}
    <li><span class="dot mine" aria-hidden="true">✓</span>${w.seatStates.mine}</li>
    <li><span class="dot held" aria-hidden="true"></span>${w.seatStates.held}</li>
    <li><span class="dot sold" aria-hidden="true">×</span>${w.seatStates.sold}</li></ul>`;
}

/** The seat was somebody else's by then: what is free beside it.
 * @param {Room} room */
function offer(room) {
  const w = words();
  const { seats } = room;
  return html`<div class="card offer" role="group" aria-label=${w.instead}><p>${w.instead}</p>
    ${room.offered.map((index) => html`<button type="button" @click=${() => void room.pick(index)}
      aria-label=${seats ? spokenSeat(seats, index) : ''}>${seats ? seatName(seats.seat(index)) : ''}<br>${price(seats?.price[index] ?? 0)}</button>`)}
    <button type="button" class="plain" @click=${() => room.refuse()}>${w.no}</button></div>`;
}
