// What is held, what it costs, how long it is kept, and the way to pay.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { price } from '../common/format.js';
import { seatName } from '../seat-map/spoken.js';
import { words } from '../words/index.js';

/** @import { Room } from './room.js' */
/** @import { Schemas } from '../../types/client.js' */

/** As which ticket type: a choice where its price level has several.
 * @param {Room} room @param {Schemas['SeatView']} seat */
function types(room, seat) {
  const prices = room.date?.grades.find(({ grade }) => grade === seat.grade)?.prices ?? [];
  if (prices.length < 2) { return nothing; }
  const change = (/** @type {Event} */ event) => void room.retype(seat, /** @type {HTMLSelectElement} */ (event.target).value);
  return html`<select class="type" ?disabled=${room.busy} aria-label=${`${words().ticketType}: ${seatName(seat)}`} @change=${change}>${prices.map((one) =>
    html`<option value=${one.type} .selected=${one.type === seat.type}>${one.type} ${price(one.price)}</option>`)}</select>`;
}

/** @param {Room} room @param {string} id the concert's */
export function basket(room, id) {
  const w = words();
  const { holds } = room;
  return html`<aside class="basket card" aria-labelledby="basket">
    <h2 id="basket">${w.yourSeats}</h2>
    ${holds.all.length ? html`
      <ul>${holds.seats.map((seat) => html`<li>
        <span>${seatName(seat)}<br><span class="hint">${seat.grade} ${price(seat.price)}</span>${types(room, seat)}</span>
        <button type="button" class="plain" ?disabled=${room.busy} @click=${() => void room.drop(seat)}
          aria-label=${`${w.remove}: ${seatName(seat)}`}>${w.remove}</button></li>`)}</ul>
      ${holds.relaxed.map((rule) => html`<p class="hint">${w.relaxed[rule]}</p>`)}
      <p class="sum"><span>${w.total}</span> <strong>${price(holds.amount)}</strong></p>
      ${holds.until ? html`<p>${w.keptFor}: <count-down until=${holds.until} @over=${() => void room.lapse()}></count-down></p>` : nothing}
      <p class="act">${room.repriced.length ? w.seePricesFirst : html`<a class="button main" href="#/pay/${id}">${w.toPay}</a>`}</p>` : html`<p>${w.nothingHeld}</p>`}
  </aside>`;
}
