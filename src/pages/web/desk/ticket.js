// A ticket by its code: printed again, or on to the payment it was bought with.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { fields, heading, trouble } from '../buyer/screen.js';
import { Printed } from './printed.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [code] @returns {Screen} */
export function open(page, venue, code = '') {
  const paper = new Printed(page, venue);
  if (code) { void paper.show([code]); }
  return {
    title: () => words().ticket,
    view: () => {
      const [ticket] = paper.tickets;
      return html`${heading(words().ticket)}${trouble(paper.problem)}
        <form class="card" @submit=${(/** @type {SubmitEvent} */ event) => void paper.show([(fields(event)['code'] ?? '').trim()])}>
          <label>${words().code}<input name="code" required maxlength="60" autocomplete="off" .value=${code}></label>
          <p class="act"><button class="main">${deskWords().find}</button></p></form>
        ${ticket ? html`<p><a href="#/payment/${ticket.payment_id}">${deskWords().payment}</a></p>` : nothing}${paper.view()}`;
    },
  };
}
