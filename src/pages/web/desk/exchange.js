// Exchanging tickets for other places, in one step: what was paid counts for what is taken instead.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { price } from '../common/format.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { fields, loading, trouble } from '../buyer/screen.js';
import { read } from './command.js';
import { Change } from './form.js';
import { dates, gradesOf, standingOf } from './on-sale.js';

/** @import { Page } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */
/** @import { OnSale } from './on-sale.js' */

const WAYS = /** @type {const} */ (['cash', 'card', 'invoice', 'balance']);

export class Exchange {
  /** @type {OnSale[] | undefined} */ #all;
  /** @type {Problem | undefined} */ #problem;
  #wrong = '';
  #change;

  /** @param {Page} page @param {string} payment */
  constructor(page, payment) {
    this.page = page;
    this.payment = payment;
    this.#change = new Change(page);
  }

  async #load() {
    const asked = await dates();
    if ('problem' in asked) { this.#problem = asked.problem; } else { this.#all = asked.dates; }
    this.page.redraw();
  }

  /** @param {SubmitEvent} event @param {string[]} tickets */
  async #send(event, tickets) {
    const said = fields(event);
    const date = this.#all?.find(({ id }) => id === said['date']);
    if (!date || !tickets.length) { return; }
    const wish = read(said['line'] ?? '', gradesOf(date));
    this.#wrong = 'wrong' in wish ? deskWords().commandWrong[wish.wrong] : '';
    this.#problem = undefined;
    if ('wrong' in wish) { return this.page.redraw(); }
    const section = standingOf(date, wish.grade);
    /** @type {Pick<Schemas['ExchangeRequest'], 'standing' | 'seat_ids'>} */
    let places = { standing: { section: section ?? '', quantity: wish.quantity } };
    if (!section) {
      const found = await ask('get', '/v1/operator/performances/{performance_id}/best-seats', {
        params: { performance_id: date.id }, query: { grade: wish.grade, quantity: wish.quantity },
      });
      if (!found.ok) {
        this.#problem = found.problem;
        return this.page.redraw();
      }
      places = { seat_ids: found.data.seats.map(({ id }) => id) };
    }
    const body = {
      tickets, performance_id: date.id, ...places, paid_by: WAYS.find((way) => way === said['by']) ?? 'balance',
      ...(wish.type ? { types: Array.from({ length: wish.quantity }, () => wish.type ?? '') } : {}),
    };
    const params = { payment_id: this.payment };
    const made = await this.#change.send(body, (key) => ask('post', '/v1/operator/payments/{payment_id}/exchanges', { params, body, key }));
    if (!made) { return; }
    this.page.say(`${deskWords().exchanged}: ${price(made.data.payment.amount)}`);
    this.page.go(`#/payment/${made.data.payment.id}`);
  }

  /** @param {string[]} tickets that are to be given back @param {string | undefined} performance for which they are */
  view(tickets, performance) {
    const w = deskWords();
    return html`<details class="card" @toggle=${() => { if (!this.#all) { void this.#load(); } }}><summary><h2>${w.exchange}: ${tickets.length}</h2></summary>
      <p class="hint">${w.exchangeText}</p>${this.#change.trouble()}${trouble(this.#problem)}
      ${this.#all ? html`<form class="columns" @submit=${(/** @type {SubmitEvent} */ event) => void this.#send(event, tickets)}>
        <label>${words().date}<select name="date">${this.#all.map((date) => html`<option value=${date.id} ?selected=${date.id === performance}>${date.title}, ${date.local}</option>`)}</select></label>
        <label>${w.typeWhat}<input name="line" required autocomplete="off" spellcheck="false" placeholder="R 2"></label>
        <label>${w.paysMoreBy}<select name="by">${WAYS.map((way) => html`<option value=${way}>${w.ways[way]}</option>`)}</select></label>
        ${this.#wrong ? html`<p class="missing whole" role="alert">${this.#wrong}</p>` : nothing}
        <p class="act whole"><button class="main" ?disabled=${!tickets.length || this.#change.busy}>${w.exchange}</button></p></form>` : loading()}</details>`;
  }
}
