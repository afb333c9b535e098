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
import { repricedNotice } from './repriced.js';
import { Room } from './room.js';
import { bestForm, levels, standingForms, typesIn } from './ways.js';
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
  /** The price level that the form is at, once one was chosen. */
  let at = '';
  const level = () => levels(room).find(({ grade }) => grade === at) ?? levels(room)[0];
  void room.enter();

  /** @param {SubmitEvent} event */
  function best(event) {
    const said = fields(event);
    const types = typesIn(said, level()?.prices ?? []);
    if (types && !types.length) { return; }
    void room.best(said['grade'] ?? '', types ? types.length : Number(said['quantity'] ?? '1'), types);
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
        ${repricedNotice(room.repriced, room.holds.seats, () => room.sawPrices())}
        ${trouble(room.problem)}
        ${room.offered.length ? offer(room) : nothing}
        <div class="chooser">
          <div class="ways">
            ${levels(room).length ? bestForm(room, venue, level(), (grade) => { at = grade; page.redraw(); }, best) : nothing}
            ${standingForms(room, venue)}
            ${seats ? html`
              ${seats.count ? html`<details class="card"><summary><h2>${w.list}</h2></summary>
                ${seatList(seats, opened, (index) => void room.pick(index), page.redraw)}</details>` : nothing}
              <section class="card map" aria-labelledby="map">
                <h2 id="map">${w.map}</h2>
                ${legend(room)}
                <seat-map .seats=${seats} @area=${(/** @type {CustomEvent<string>} */ event) => goTo(event.detail)}
                  @pick=${(/** @type {CustomEvent<number>} */ event) => void room.pick(event.detail)}></seat-map>
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

/** A standing area was tapped: its form takes over.
 * @param {string} section */
function goTo(section) {
  const form = /** @type {HTMLElement | undefined} */ ([...document.querySelectorAll('.standing form')].find((one) => /** @type {HTMLElement} */ (one).dataset['section'] === section));
  form?.scrollIntoView({ block: 'center' });
  form?.querySelector('select')?.focus();
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
