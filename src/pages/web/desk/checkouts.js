// Payments by card as the office knows them: those that are disputed first of all.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dateTime, price } from '../common/format.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { heading } from '../buyer/screen.js';
import { Listed } from './list.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** @type {readonly Schemas['CheckoutState'][]} */
const STATES = ['disputed', 'pending', 'paid', 'failed', 'cancelled', 'expired', 'created'];

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [of] the state @returns {Screen} */
export function open(page, venue, of = '') {
  const state = STATES.find((one) => one === of);
  const list = new Listed(page, async (/** @type {string | undefined} */ cursor) => {
    const asked = await ask('get', '/v1/operator/checkouts', { query: { ...(state ? { state } : {}), ...(cursor ? { cursor } : {}) } });
    return asked.ok ? { ok: true, items: asked.data.checkouts, next: asked.data.next_cursor } : asked;
  });
  /** @param {Schemas['DeskCheckoutView']} one */
  function row(one) {
    const w = deskWords();
    return html`<td>${dateTime(one.opened_at, venue.time_zone)}</td><td>${one.provider}${one.reference ? html`<br><code>${one.reference}</code>` : nothing}</td>
      <td>${w.checkoutStates[one.state]} ${one.mismatch ? html`<strong>${w.differs}: ${one.mismatch}</strong>` : nothing}${one.problem ? html`<br><span lang="en">${one.problem}</span>` : nothing}
        ${one.unpaid_because ? html`<br>${words().unpaid[one.unpaid_because]}` : nothing}</td>
      <td class="money">${price(one.amount)}${one.refunded ? html`<br>−${price(one.refunded)}` : nothing}</td>
      <td><a href="#/buyer/${one.user_id}">${w.toBuyer}</a>${one.payment_id ? html` <a href="#/payment/${one.payment_id}">${w.payment}</a>` : nothing}</td>`;
  }
  void list.load();
  return {
    title: () => deskWords().checkouts,
    wide: true,
    view: () => {
      const w = deskWords();
      return html`${heading(w.checkouts)}
        <p class="act"><a href="#/checkouts" aria-current=${state ? 'false' : 'page'}>${w.all}</a>${STATES.map((one) => html`
          <a href="#/checkouts/${one}" aria-current=${one === state ? 'page' : 'false'}>${w.checkoutStates[one]}</a>`)}</p>
        ${list.table([w.when, w.provider, w.state, words().amount, w.openIt], row)}`;
    },
  };
}
