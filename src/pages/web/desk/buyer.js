// One buyer: account, balance, payments.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dateTime, decimals, minorUnits, number, price } from '../common/format.js';
import { ask, may } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { fields, heading, loading, retry } from '../buyer/screen.js';
import { Change } from './form.js';
import { Listed } from './list.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @type {readonly Schemas['Means'][]} */
const MEANS = ['cash', 'card', 'invoice'];

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} id @returns {Screen} */
export function open(page, venue, id) {
  const params = { user_id: id };
  const change = new Change(page);
  /** @type {Schemas['BuyerView'] | undefined} */
  let user;
  /** @type {Problem | undefined} */
  let problem;
  const payments = new Listed(page, async (/** @type {string | undefined} */ cursor) => {
    const asked = await ask('get', '/v1/operator/users/{user_id}/payments', { params, query: cursor ? { cursor } : {} });
    return asked.ok ? { ok: true, items: asked.data.payments, next: asked.data.next_cursor } : asked;
  });

  async function load() {
    const asked = await ask('get', '/v1/operator/users/{user_id}', { params });
    problem = asked.ok ? undefined : asked.problem;
    if (asked.ok) { user = asked.data; }
    page.redraw();
  }

  /** @param {SubmitEvent} event */
  async function correct(event) {
    const said = fields(event);
    const body = {
      ...(said['name'] !== user?.name ? { name: said['name'] ?? '' } : {}),
      ...(said['email'] && said['email'] !== user?.email ? { email: said['email'] } : {}),
    };
    const done = await change.send(body, () => ask('patch', '/v1/operator/users/{user_id}', { params, body }), deskWords().saved);
    if (done) { user = done.data; }
    page.redraw();
  }

  /** @param {SubmitEvent} event */
  async function money(event) {
    const said = fields(event);
    const amount = minorUnits(said['amount'] ?? '');
    const means = /** @type {Schemas['Means']} */ (said['means']);
    if (!amount) { return; }
    const form = /** @type {HTMLFormElement} */ (event.target);
    const note = said['note'] ?? '';
    const done = said['what'] === 'out'
      ? await change.send([said, 'out'], (key) => ask('post', '/v1/operator/users/{user_id}/pay-outs', { params, body: { amount, means, note }, key }), deskWords().saved)
      : await change.send([said, 'in'], (key) => ask('post', '/v1/operator/users/{user_id}/top-ups', { params, body: { amount, means }, key }), deskWords().saved);
    if (!done) { return; }
    form.reset();
    await load();
  }

  /** @param {Schemas['PaymentView']} payment */
  const row = (payment) => html`<td>${dateTime(payment.paid_at, venue.time_zone)}</td>
    <td>${payment.tickets[0] ? html`${payment.tickets[0].concert}<br><span class="hint">${payment.tickets[0].local_date} ${payment.tickets[0].local_time}</span>` : nothing}</td>
    <td class="money">${number(payment.tickets.length)}</td>
    <td class="money">${price(payment.amount)}</td>
    <td><a href="#/payment/${payment.id}">${deskWords().openIt}</a></td>`;

  void load();
  void payments.load();
  return {
    title: () => user?.name ?? deskWords().buyers,
    wide: true,
    view: () => {
      const w = deskWords();
      if (!user) { return problem ? retry(problem, () => void load()) : html`${heading(w.buyers)}${loading()}`; }
      return html`${heading(user.name)}${change.trouble()}
        <dl class="figures"><div><dt>${words().balance}</dt><dd>${price(user.balance)}</dd></div>
          <div><dt>${words().email}</dt><dd class="small">${user.email ?? '–'}</dd><dd class="hint">${user.email ? (user.is_email_confirmed ? words().isConfirmed : words().unconfirmed) : nothing}</dd></div></dl>
        <h2>${w.payments}</h2>${payments.table([w.when, words().concert, words().tickets, words().amount, w.openIt], row)}
        <div class="beside">
          <form class="card" @submit=${money}><h2>${w.moneyAtCounter}</h2>
            <label>${w.what}<select name="what"><option value="in">${w.topUp}</option><option value="out">${w.payOut}</option></select></label>
            <label>${words().amount}<input name="amount" inputmode=${decimals() ? 'decimal' : 'numeric'} required></label>
            <label>${w.means}<select name="means">${MEANS.map((means) => html`<option value=${means}>${w.ways[means]}</option>`)}</select></label>
            <label>${w.note} (${w.forPayOut})<input name="note" maxlength="200"></label>
            <p class="act"><button class="main" ?disabled=${change.busy}>${w.book}</button></p></form>
          <form class="card" @submit=${correct}><h2>${w.correctBuyer}</h2>
            <label>${words().name}<input name="name" required maxlength="100" .value=${user.name}></label>
            <label>${words().email}<input name="email" type="email" .value=${user.email ?? ''}></label>
            <p class="act"><button ?disabled=${change.busy}>${w.save}</button></p></form></div>
        ${may('manage') ? html`<p><a href="#/audit/${user.id}">${w.audit}</a></p>` : nothing}`;
    },
  };
}
