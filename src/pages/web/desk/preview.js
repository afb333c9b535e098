// A concert as buyers will see it, by the parts of their own page.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { conditions, dates, picture, textOf } from '../buyer/said.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';

/** @import { Schemas } from '../../types/client.js' */
/** @import { Dated } from './dates.js' */

/** @param {Schemas['ConcertView']} concert @param {Schemas['VenueView']} venue @param {readonly Dated[]} performances */
export function preview(concert, venue, performances) {
  const said = textOf(concert, venue);
  const shown = {
    ...concert, sale: /** @type {const} */ ('announced'), left: /** @type {const} */ ('available'),
    dates: performances.filter(({ of }) => !of.cancelled).map(asDate),
  };
  return html`<section class="preview" aria-label=${deskWords().asBuyersSee}><p class="hint">${deskWords().asBuyersSee}</p>
    <h2>${said.title ?? concert.title}</h2>${picture(concert)}
    ${concert.age_limit ? html`<p>${words().fromAge(concert.age_limit)}</p>` : nothing}
    ${said.text ? html`<p class="welcome" lang=${said.language ?? ''}>${said.text}</p>` : nothing}
    ${dates(shown)}${conditions(shown, venue)}</section>`;
}

/** @param {Dated} dated @returns {Schemas['ConcertDateView']} */
function asDate({ of, places }) {
  /** @type {Map<string, { type: string, price: number }[]>} */
  const prices = new Map();
  for (const type of of.ticket_types ?? []) {
    for (const [grade, price] of Object.entries(type.prices)) { prices.set(grade, [...prices.get(grade) ?? [], { type: type.name, price }]); }
  }
  const { starts_at, local_date, local_time, utc_offset, hall } = of;
  return {
    performance_id: of.id, starts_at, local_date, local_time, utc_offset, hall, sale: of.paused ? 'paused' : 'announced', left: 'available',
    grades: [...prices].map(([grade, each]) => ({ grade, prices: each, left: 'available', available: places.find((one) => one.grade === grade)?.free ?? 0 })),
  };
}
