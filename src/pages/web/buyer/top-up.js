// Adding money before it is needed: by one's own word where the venue lets buyers do so, by card through the payment service and
// back. Where it is done at the counter alone there is nothing to show.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call, keys } from '../common/api.js';
import { minorUnits } from '../common/format.js';
import { session } from '../common/session.js';
import { words } from '../words/index.js';
import { goAndPay } from './checkout.js';
import { fields, trouble } from './screen.js';

/** @import { Page } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

export class TopUp {
  /** @type {Problem | undefined} */ #problem;
  #busy = false;
  #keyOf = keys();

  /** @param {Page} page @param {Schemas['VenueView']} venue
   * @param {(balance: number) => void} came what is there now
   * @param {{ back?: string, credential?: () => string | undefined }} [how] the address to come back to from the payment service; whose money, if
   *   not the session's */
  constructor(page, venue, came, { back = '', credential = session } = {}) {
    this.page = page;
    this.venue = venue;
    this.came = came;
    this.back = back;
    this.credential = credential;
  }

  get isPossible() { return this.venue.top_up_by === 'buyers' || this.venue.checkout_providers.length > 0; }

  /** @param {SubmitEvent} event */
  async #send(event) {
    const amount = minorUnits(fields(event)['amount'] ?? '');
    if (!amount || this.#busy) { return; }
    const way = /** @type {HTMLButtonElement | null} */ (event.submitter)?.value;
    this.#busy = true;
    this.page.redraw();
    this.#problem = way === 'card' ? await goAndPay({ amount }, this.#keyOf([way, amount]), this.back) : await this.#add(amount);
    this.#busy = false;
    this.page.redraw();
  }

  /** @param {number} amount @returns {Promise<Problem | undefined>} */
  async #add(amount) {
    const asked = await call('post', '/v1/balance/top-ups', { credential: this.credential(), body: { amount }, key: this.#keyOf(['own', amount]) });
    if (!asked.ok) { return asked.problem; }
    // The same amount once more is another wish.
    this.#keyOf = keys();
    this.came(asked.data.balance);
    return undefined;
  }

  /** All the ways there are. */
  view() {
    return this.isPossible ? this.#form('', this.venue.checkout_providers.length > 0) : nothing;
  }

  /** By one's own word alone.
   * @param {string} amount to begin with, as it is written */
  own(amount) { return this.#form(amount, false); }

  /** @param {string} amount @param {boolean} byCard */
  #form(amount, byCard) {
    const w = words();
    return html`${trouble(this.#problem)}<form class="card" @submit=${(/** @type {SubmitEvent} */ event) => void this.#send(event)}>
      <label>${w.topUpAmount}<input name="amount" inputmode="decimal" required value=${amount}></label>
      ${this.venue.top_up_by === 'buyers' ? html`<button value="own" ?disabled=${this.#busy}>${w.topUp}</button>` : nothing}
      ${byCard ? html`<button value="card" ?disabled=${this.#busy}>${w.topUpByCard}</button>` : nothing}</form>`;
  }
}
