// The hall as a list with native controls: section, row, seat. A row's seats are made when it is opened, so that ten
// thousand cost nothing before.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { words } from '../words/index.js';
import { AVAILABLE } from './model.js';
import { seatLabel } from './paint.js';
import { spokenSeat } from './spoken.js';

/** @import { Seats } from './model.js' */

/**
 * @param {Seats} seats
 * @param {Set<number>} opened the rows that are
 * @param {(index: number) => void} pick
 * @param {() => void} redraw
 */
export function seatList(seats, opened, pick, redraw) {
  const w = words();
  const toggle = (/** @type {Event} */ event, /** @type {number} */ at) => {
    const isOpen = /** @type {HTMLDetailsElement} */ (event.target).open;
    isOpen === opened.has(at) || (isOpen ? opened.add(at) : opened.delete(at), redraw());
  };
  return html`<div class="seat-list">${seats.sections.map((section, of) => html`
    <details name="section">
      <summary>${section.name} <span class="hint">${w.freeSeats}: ${free(seats, section)}</span></summary>
      ${seats.rows.map((row, at) => row.section !== of ? nothing : html`
        <details @toggle=${(/** @type {Event} */ event) => toggle(event, at)}>
          <summary>${w.row(row.label)} <span class="hint">${w.freeSeats}: ${free(seats, row)}</span></summary>
          ${opened.has(at) ? rowSeats(seats, row, pick) : nothing}
        </details>`)}
    </details>`)}</div>`;
}

/** @param {Seats} seats @param {{ first: number, count: number }} part */
function free(seats, { first, count }) {
  let free = 0;
  for (let index = first; index < first + count; index++) { free += seats.state[index] === AVAILABLE ? 1 : 0; }
  return free;
}

/** @param {Seats} seats @param {{ first: number, count: number }} row @param {(index: number) => void} pick */
function rowSeats(seats, { first, count }, pick) {
  return html`<div class="row-seats">${Array.from({ length: count }, (_, place) => {
    const index = first + place;
    const usable = seats.state[index] === AVAILABLE || seats.mine[index];
    return html`<button type="button" class=${`seat ${seats.mine[index] ? 'mine' : ''}`} aria-pressed=${seats.mine[index] ? 'true' : 'false'}
      ?disabled=${!usable} aria-label=${spokenSeat(seats, index)} @click=${() => pick(index)}>${seatLabel(seats, index)}</button>`;
  })}</div>`;
}
