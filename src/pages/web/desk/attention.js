// What needs attention, in words, with the way to where it is put right. What it is the office decides.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { number } from '../common/format.js';
import { deskWords } from '../words/desk.js';

/** @import { Schemas } from '../../types/client.js' */

/** Where each is put right; those of a concert at its sale.
 * @type {Partial<Record<Schemas['Matter'], string>>} */
const PLACES = { file_broken: '#/file', backup_failing: '#/file', checkout_disputed: '#/checkouts/disputed', refund_stuck: '#/checkouts/paid', mail_failing: '#/mails' };

/** The band above all else.
 * @param {readonly Schemas['NeedView'][] | undefined} needs
 * @param {(concert: string) => string} [title] what a concert is called */
export function band(needs, title = () => '') {
  const w = deskWords();
  if (!needs) { return nothing; }
  if (!needs.length) { return html`<p class="well">✓ ${w.allWell}</p>`; }
  return html`<section class="needs" aria-labelledby="needs"><h2 id="needs">⚠ ${w.needsAttention}</h2>
    <ul>${needs.map((need) => {
      const place = need.concert_id ? `#/sale/${need.concert_id}` : PLACES[need.code];
      return html`<li><strong>${w.needs[need.code]}</strong>${need.concert_id ? html` ${title(need.concert_id)}` : nothing}
        ${need.count === undefined ? nothing : html`<span>${w.needCounts[need.code]}: ${number(need.count)}</span>`}
        <span class="hint">${w.needHelps[need.code]}</span>
        ${place && place !== location.hash ? html`<a href=${place}>${w.goThere}</a>` : nothing}</li>`;
    })}</ul></section>`;
}
