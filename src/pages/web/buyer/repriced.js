// Prices that changed under the buyer's eyes: which, from what to what. Nobody goes on to pay before that was seen; what is
// held keeps its price.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { price } from '../common/format.js';
import { seatName } from '../seat-map/spoken.js';
import { words } from '../words/index.js';

/** @import { Schemas } from '../../types/client.js' */
/** None where it was not sold before, or is not any more.
 * @typedef {{ name: string, was: number | undefined, now: number | undefined }} Change */

/** What each price level costs as each ticket type, by name.
 * @param {Schemas['DateView']} date */
function costs({ grades }) {
  return new Map(grades.flatMap(({ grade, prices }) =>
    prices.map((one) => /** @type {const} */ ([prices.length > 1 ? `${grade}, ${one.type}` : grade, one.price]))));
}

/** What is different between two looks at the same date.
 * @param {Schemas['DateView']} before @param {Schemas['DateView']} after @returns {Change[]} */
export function changes(before, after) {
  const [was, now] = [costs(before), costs(after)];
  return [...new Set([...was.keys(), ...now.keys()])].filter((name) => was.get(name) !== now.get(name))
    .map((name) => ({ name, was: was.get(name), now: now.get(name) }));
}

/** Changes after changes: from what was seen to what is.
 * @param {readonly Change[]} seen @param {readonly Change[]} more @returns {Change[]} */
export function together(seen, more) {
  const all = new Map(seen.map((change) => [change.name, change]));
  for (const change of more) { all.set(change.name, { ...change, was: all.has(change.name) ? all.get(change.name)?.was : change.was }); }
  return [...all.values()].filter(({ was, now }) => was !== now);
}

/** @param {number | undefined} amount */
const amountOf = (amount) => (amount === undefined ? words().notSold : price(amount));

/** @param {Change} change */
export const written = ({ name, was, now }) => `${name}: ${amountOf(was)} → ${amountOf(now)}`;

/** Says it, and asks whether one goes on.
 * @param {readonly Change[]} repriced @param {readonly Schemas['SeatView'][]} held @param {() => void} seen */
export function repricedNotice(repriced, held, seen) {
  const w = words();
  if (!repriced.length) { return nothing; }
  return html`<div class="trouble repriced" role="alert"><p><strong>${w.pricesChanged}</strong></p>
    <ul>${repriced.map((change) => html`<li>${written(change)}</li>`)}</ul>
    ${held.length ? html`<p>${w.heldKeepPrice}</p><ul>${held.map((seat) => html`<li>${seatName(seat)}: ${price(seat.price)}</li>`)}</ul>` : nothing}
    <button type="button" class="main" @click=${seen}>${w.pricesSeen}</button></div>`;
}
