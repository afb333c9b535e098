// The ways to seats beside list and map: the best ones by price level and ticket type, and places of standing sections.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { number, price } from '../common/format.js';
import { words } from '../words/index.js';
import { fields } from './screen.js';

/** @import { Room } from './room.js' */
/** @import { Schemas } from '../../types/client.js' */

/** The price levels that have seats; all of them until the plan is known.
 * @param {Room} room */
export function levels(room) {
  const grades = room.date?.grades ?? [];
  return room.seats ? grades.filter(({ grade }) => room.seats?.grades.some(({ name }) => name === grade)) : grades;
}

/** @param {Room} room @param {Schemas['VenueView']} venue @param {Schemas['GradeView'] | undefined} level
 * @param {(grade: string) => void} choose @param {(event: SubmitEvent) => void} best */
export function bestForm(room, venue, level, choose, best) {
  const w = words();
  const grades = levels(room);
  const most = Math.max(1, venue.seats_per_user - room.holds.seats.length);
  return html`<form class="card best" @submit=${best}>
    <h2>${w.bestSeats}</h2>
    <fieldset><legend>${w.grade}</legend>${grades.map((grade) => html`
      <label class="choice"><input type="radio" name="grade" value=${grade.grade} .checked=${grade === level} required @change=${() => choose(grade.grade)}>
        <span><strong>${grade.grade}</strong> ${grade.prices.map((one, at) => html`${at ? ', ' : nothing}${grade.prices.length > 1 ? `${one.type} ` : ''}${price(one.price)}`)}
        <span class="hint">${grade.available ? `${w.freeSeats}: ${number(grade.available)}` : w.soldOut}</span></span></label>`)}</fieldset>
    ${quantities(level, room.date, most)}
    <button class="main" ?disabled=${room.busy}>${w.holdBest}</button>
  </form>`;
}

/** How many, of each ticket type where the price level has several.
 * @param {Schemas['GradeView'] | undefined} level @param {Schemas['DateView'] | undefined} date @param {number} most */
function quantities(level, date, most) {
  const w = words();
  const types = level?.prices ?? [];
  const mostOf = (/** @type {string} */ type) => Math.min(most, date?.ticket_types.find(({ name }) => name === type)?.seats_per_user ?? most);
  if (types.length < 2) {
    return html`<label>${w.quantity}<select name="quantity">${Array.from({ length: most }, (_, at) => html`
      <option value=${at + 1} ?selected=${at + 1 === Math.min(2, most)}>${number(at + 1)}</option>`)}</select></label>`;
  }
  return html`<fieldset class="types"><legend>${w.quantity}</legend>${types.map(({ type }, place) => html`
    <label>${type}<select name=${`of-${place}`}>${Array.from({ length: mostOf(type) + 1 }, (_, at) => html`
      <option value=${at} ?selected=${at === (place ? 0 : Math.min(2, most))}>${number(at)}</option>`)}</select></label>`)}</fieldset>`;
}

/** A ticket type for each seat that the form asks for; none where there is one type.
 * @param {Record<string, string>} said @param {Schemas['PriceView'][]} types */
export const typesIn = (said, types) => (types.length < 2 ? undefined
  : types.flatMap(({ type }, place) => Array.from({ length: Number(said[`of-${place}`] ?? 0) }, () => type)));

/** Standing sections: how many places of each.
 * @param {Room} room @param {Schemas['VenueView']} venue */
export function standingForms(room, venue) {
  const w = words();
  const { seats } = room;
  const sections = seats?.planSections.filter(({ kind }) => kind === 'standing') ?? [];
  if (!seats || !sections.length) { return nothing; }
  const most = Math.max(1, venue.seats_per_user - room.holds.seats.length);
  return html`<section class="card standing" aria-labelledby="standing"><h2 id="standing">${w.standing}</h2>${sections.map((section, at) => {
    const level = room.date?.grades.find(({ grade }) => grade === section.grade);
    const free = seats.standing.get(section.name) ?? 0;
    /** @param {SubmitEvent} event */
    const hold = (event) => {
      const said = fields(event);
      const types = typesIn(said, level?.prices ?? []);
      if (types && !types.length) { return; }
      void room.stand(section.name, types ? types.length : Number(said['quantity'] ?? '1'), types);
    };
    return html`<form id=${`standing-${at}`} data-section=${section.name} tabindex="-1" @submit=${hold}><h3>${section.name}</h3>
      <p><strong>${section.grade}</strong> ${level ? price(level.price) : nothing} <span class="hint">${free ? `${w.freeSeats}: ${number(free)}` : w.soldOut}</span></p>
      ${quantities(level, room.date, most)}
      <button class="main" ?disabled=${room.busy || !free} aria-label=${`${w.holdPlaces}: ${section.name}`}>${w.holdPlaces}</button></form>`;
  })}</section>`;
}
