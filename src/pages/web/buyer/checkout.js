// Paying by card: out to the payment service and back. What became of it the office says, never the address one came back by.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { BASE, call } from '../common/api.js';
import { price } from '../common/format.js';
import { session } from '../common/session.js';
import { forAll, forTab } from '../keep/store.js';
import { words } from '../words/index.js';
import { heading, loading, trouble } from './screen.js';
import { visitOf } from './visit.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** Between asking again, in milliseconds. */
const AGAIN_MS = 2000;

/** Opens a checkout and goes to where it is paid.
 * @param {Schemas['CheckoutRequest']} body @param {string} key @param {string} [back] where to go on once it is paid; else what became of it is shown
 * @returns {Promise<Problem | undefined>} */
export async function goAndPay(body, key, back = '') {
  const asked = await call('post', '/v1/balance/checkouts', { credential: session(), body, key });
  if (!asked.ok) { return asked.problem; }
  const { id, redirect_url: to } = asked.data;
  // Where to go on afterwards: the seats are bought in the name of one concert.
  if (body.then_pay) { forAll.set(`checkout:${id}`, body.then_pay.concert_id); }
  if (back) { forAll.set(`back:${id}`, back); }
  location.assign(to ? new URL(to.replace(/^\//, ''), BASE) : `#/checkout/${id}`);
  return undefined;
}

/** @param {Page} page @param {Schemas['VenueView']} _venue @param {string} [id] @returns {Screen} */
export function open(page, _venue, id = '') {
  const params = { checkout_id: id };
  /** @type {string} the concert whose seats were to be bought */
  const concert = forAll.get(`checkout:${id}`) ?? '';
  /** @type {Schemas['CheckoutView'] | undefined} */
  let checkout;
  /** @type {Problem | undefined} */
  let problem;
  let timer = 0;
  let closed = false;

  async function look() {
    clearTimeout(timer);
    const credential = session();
    if (!credential) { return page.turn(`#/log-in/${encodeURIComponent(`#/checkout/${id}`)}`); }
    const parameters = forTab.get(`return:${id}`);
    const asked = parameters
      ? await call('post', '/v1/balance/checkouts/{checkout_id}/return', { params, credential, body: { parameters } })
      : await call('get', '/v1/balance/checkouts/{checkout_id}', { params, credential });
    if (closed) { return; }
    problem = asked.ok ? undefined : asked.problem;
    if (asked.ok) {
      forTab.set(`return:${id}`, null);
      checkout = asked.data;
      if (checkout.payment_id) { return bought(checkout.payment_id); }
      const back = isOver(checkout) && forAll.get(`back:${id}`);
      if (back) { forAll.set(`back:${id}`, null); }
      if (back && checkout.state === 'paid') {
        page.say(words().checkouts.paid);
        return page.turn(back);
      }
    }
    // What is not known yet is asked for again; what is refused is not.
    if (checkout?.state === 'pending' || checkout?.state === 'created' || !problem?.status || problem.status >= 500) {
      if (!isOver(checkout)) { timer = window.setTimeout(look, AGAIN_MS); }
    }
    page.redraw();
  }

  /** @param {string} payment */
  function bought(payment) {
    forAll.set(`checkout:${id}`, null);
    if (concert) { visitOf(concert).over({ code: 'token_completed', status: 401 }); }
    page.say(words().paid);
    page.turn(`#/tickets/${payment}`);
  }

  void look();
  return {
    title: () => words().checkout,
    close() {
      closed = true;
      clearTimeout(timer);
    },
    view: () => {
      const w = words();
      if (!checkout) { return html`${heading(w.checkout)}${problem ? trouble(problem) : loading()}`; }
      const over = isOver(checkout);
      return html`${heading(w.checkout)}${trouble(problem)}
        <section class="card" role="status"><p><strong>${w.checkouts[checkout.state]}</strong></p>
          ${over ? nothing : html`<p>${w.checkoutWaits}</p>`}
          ${checkout.unpaid_because ? html`<p>${w.unpaid[checkout.unpaid_because]}</p>` : nothing}
          <p class="sum"><span>${w.amount}</span> <strong>${price(checkout.amount)}</strong></p></section>
        <p class="act">${concert && checkout.unpaid_because !== 'visit_over' ? html`<a class="button main" href="#/pay/${concert}">${w.pay}</a>` : nothing}
          <a class="button" href="#/account">${w.account}</a></p>`;
    },
  };
}

/** @param {Schemas['CheckoutView'] | undefined} checkout */
const isOver = (checkout) => Boolean(checkout && checkout.state !== 'pending' && checkout.state !== 'created');
