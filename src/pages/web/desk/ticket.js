// A ticket by its code: printed again, its bearer let in by hand, or on to the payment it was bought with.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dateTime } from '../common/format.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { fields, heading, trouble } from '../buyer/screen.js';
import { Change } from './form.js';
import { Printed } from './printed.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [code] @returns {Screen} */
export function open(page, venue, code = '') {
  const paper = new Printed(page, venue);
  const change = new Change(page);

  /** @param {SubmitEvent} event @param {string} code */
  async function letIn(event, code) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const { reason = '', gate } = fields(event);
    const body = { reason: reason.trim(), ...(gate?.trim() ? { gate: gate.trim() } : {}) };
    const done = await change.send([code, body],
      (key) => ask('post', '/v1/operator/tickets/{code}/check-ins', { params: { code }, body, key }), deskWords().isIn);
    if (done) { form.reset(); }
  }

  if (code) { void paper.show([code]); }
  return {
    title: () => words().ticket,
    view: () => {
      const [ticket] = paper.tickets;
      return html`${heading(words().ticket)}${trouble(paper.problem)}
        <form class="card" @submit=${(/** @type {SubmitEvent} */ event) => void paper.show([(fields(event)['code'] ?? '').trim()])}>
          <label>${words().code}<input name="code" required maxlength="60" autocomplete="off" .value=${code}></label>
          <p class="act"><button class="main">${deskWords().find}</button></p></form>
        ${ticket ? html`<p><a href="#/payment/${ticket.payment_id}">${deskWords().payment}</a></p>` : nothing}${paper.view()}
        ${ticket ? byHand(ticket) : nothing}`;
    },
  };

  /** When and where somebody came in by it. */
  function first() {
    const { problem } = change;
    if (problem?.code !== 'checked_in') { return nothing; }
    return html`<p><strong>${dateTime(String(problem['checked_in_at']), venue.time_zone)}</strong>${problem['gate'] ? html`, ${deskWords().atGate}: <strong>${problem['gate']}</strong>` : nothing}</p>`;
  }

  /** @param {Schemas['TicketView']} ticket */
  function byHand(ticket) {
    const w = deskWords();
    return html`<section class="card"><h2>${w.letIn}</h2><p class="hint">${w.letInText}</p>${change.trouble()}${first()}
      <form @submit=${(/** @type {SubmitEvent} */ event) => void letIn(event, ticket.code)}>
        <label>${w.why}<input name="reason" required maxlength="100" autocomplete="off"></label>
        <label>${w.atGate} (${w.optional})<input name="gate" maxlength="100" autocomplete="off"></label>
        <p class="act"><button ?disabled=${change.busy}>${w.letIn}</button></p></form></section>`;
  }
}
