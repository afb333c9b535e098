// What a concert's venue says of it: picture, texts, conditions, and what its dates cost.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { BASE } from '../common/api.js';
import { dateTime, duration, number, price } from '../common/format.js';
import { language, words } from '../words/index.js';

/** @import { Schemas } from '../../types/client.js' */

/** A concert's texts in the reader's language, or the venue's own.
 * @param {{ texts: Schemas['ConcertTextView'][] }} concert @param {Schemas['VenueView']} venue
 * @returns {Partial<Schemas['ConcertTextView']>} */
export function textOf({ texts }, venue) {
  const tag = [language(), ...venue.languages].find((one) => texts.some((text) => text.language === one));
  return texts.find((text) => text.language === tag) ?? {};
}

/** It shows nothing that is not written beside it.
 * @param {{ picture?: string }} concert */
export function picture({ picture }) {
  return picture ? html`<img class="picture" alt="" loading="lazy" src=${new URL(picture.slice(1), BASE).href}>` : nothing;
}

/** The conditions, before anybody pays.
 * @param {Schemas['ShownConcertView']} concert @param {Schemas['VenueView']} venue */
export function conditions(concert, venue) {
  const w = words();
  const said = textOf(concert, venue);
  return html`<section class="card conditions" aria-labelledby="policy"><h2 id="policy">${w.policy}</h2>
    ${said.policy ? html`<p class="welcome" lang=${said.language ?? ''}>${said.policy}</p>` : nothing}
    ${concert.cancel_until_minutes === undefined ? html`<p>${w.mayNotCancel}</p>`
      : html`<p>${w.mayCancel}: ${duration(concert.cancel_until_minutes * 60)}${concert.cancel_fee ? html`; ${w.cancelCosts}: ${price(concert.cancel_fee)}` : nothing}</p>`}
    ${concert.sale_ends_at ? html`<p>${w.saleEnds}: ${dateTime(concert.sale_ends_at, concert.time_zone)}</p>` : nothing}
    <p>${w.seatsPerUser}: ${number(venue.seats_per_user)}</p></section>`;
}

/** @param {Schemas['ShownConcertView']} concert */
export function dates(concert) {
  const w = words();
  if (!concert.dates.length) { return html`<p>${w.noDates}</p>`; }
  return html`<section class="card" aria-labelledby="dates"><h2 id="dates">${w.dates}</h2>${concert.dates.map((date) => html`
    <article class="date"><h3><time datetime=${date.starts_at}>${dateTime(date.starts_at, concert.time_zone)}</time></h3>
      <p>${date.hall}${date.doors_at ? html`, ${w.doorsOpen}: ${date.doors_local?.local_time ?? ''}` : nothing}
        <span class="hint">${w.sales[date.sale]}</span></p>
      ${gradesLeft(date)}</article>`)}</section>`;
}

/** The price levels of a date: what each costs, and what is left of it.
 * @param {Schemas['ConcertDateView']} date */
export function gradesLeft(date) {
  const w = words();
  return html`<ul class="bill grades">${date.grades.map(({ grade, prices, left, available }) => html`<li>
    <span><strong>${grade}</strong> ${prices.map((one, at) => html`${at ? ', ' : nothing}${prices.length > 1 ? `${one.type} ` : ''}${price(one.price)}`)}</span>
    <span class="hint">${left === 'sold_out' ? w.left.sold_out : `${w.freeSeats}: ${number(available)}`}</span></li>`)}</ul>`;
}
