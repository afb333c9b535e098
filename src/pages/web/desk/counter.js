// Selling at the counter, by the keyboard alone: "R 2" and Enter proposes the best two seats of R, a digit says how it is paid.
// What was sold is printed from the same screen.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { number, price } from '../common/format.js';
import { newKey } from '../common/api.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { seatName } from '../seat-map/spoken.js';
import { fields, heading, loading, trouble } from '../buyer/screen.js';
import { read } from './command.js';
import { dates, gradesOf, standingOf } from './on-sale.js';
import { Printed } from './printed.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */
/** @import { OnSale } from './on-sale.js' */

/** The digits of the ways to pay, in order. @type {readonly Schemas['WayToPay'][]} */
const WAYS = ['cash', 'card', 'invoice', 'free'];

/** @typedef {{ name: string, grade: string, type: string, price: number, seat?: string, section?: string }} Line */

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [wanted] the performance @returns {Screen} */
export function open(page, venue, wanted = '') {
  /** @type {OnSale[] | undefined} */
  let all;
  /** @type {OnSale | undefined} */
  let chosen;
  /** @type {Line[]} */
  let basket = [];
  let fees = { fee_per_ticket: 0, fee_per_order: 0 };
  /** @type {Problem | undefined} */
  let problem;
  /** What is wrong with the line that was typed. */
  let wrong = '';
  /** @type {Schemas['PaidView'] | undefined} */
  let sold;
  const paper = new Printed(page, venue);
  let key = newKey();
  let busy = false;

  const focus = (/** @type {string} */ where) => requestAnimationFrame(() => /** @type {HTMLElement | null} */ (document.querySelector(where))?.focus());

  async function load() {
    const asked = await dates();
    if ('problem' in asked) { problem = asked.problem; } else {
      all = asked.dates;
      choose(wanted || all[0]?.id || '');
    }
    page.redraw();
    focus('input[name=line]');
  }

  /** @param {string} id */
  function choose(id) {
    chosen = all?.find((date) => date.id === id);
    clear();
  }

  function clear() {
    [basket, problem, wrong, sold, key] = [[], undefined, '', undefined, newKey()];
    paper.clear();
    page.redraw();
  }

  /** @param {SubmitEvent} event */
  async function typed(event) {
    const line = fields(event)['line'] ?? '';
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!chosen || busy) { return; }
    // Enter alone goes on to how it is paid.
    if (!line.trim() && basket.length) { return focus('.ways button'); }
    const said = read(line, gradesOf(chosen));
    wrong = 'wrong' in said ? deskWords().commandWrong[said.wrong] : '';
    problem = undefined;
    if ('wrong' in said) { return page.redraw(); }
    if (sold) { clear(); }
    await add(chosen, said.grade, said.quantity, said.type);
    if (!problem) {
      form.reset();
      focus('.ways button');
    }
  }

  /** @param {OnSale} date @param {string} grade @param {number} quantity @param {string | undefined} type */
  async function add(date, grade, quantity, type) {
    const cost = gradesOf(date).find((one) => one.grade === grade)?.prices.find((one) => one.type === type)?.price ?? 0;
    const section = standingOf(date, grade);
    busy = true;
    if (section) {
      const name = words().standingOf(section);
      basket = [...basket, ...Array.from({ length: quantity }, () => ({ name, grade, type: type ?? '', price: cost, section }))];
    } else {
      const asked = await ask('get', '/v1/operator/performances/{performance_id}/best-seats', {
        params: { performance_id: date.id }, query: { grade, quantity: quantity + basket.length },
      });
      problem = asked.ok ? undefined : asked.problem;
      if (asked.ok) {
        // Those that are in the basket already are free still, and so proposed again.
        const had = new Set(basket.map(({ seat }) => seat));
        const seats = asked.data.seats.filter(({ id }) => !had.has(id)).slice(0, quantity);
        basket = [...basket, ...seats.map((seat) => ({ name: seatName(seat), grade, type: type ?? seat.type, price: type ? cost : seat.price, seat: seat.id }))];
        fees = asked.data;
      }
    }
    busy = false;
    page.say(basket.map((line) => `${line.name}, ${line.type}, ${price(line.price)}`).join('; '));
    page.redraw();
  }

  /** @param {Schemas['WayToPay']} way */
  async function pay(way) {
    if (!chosen || !basket.length || busy) { return; }
    const [seats, places] = [basket.filter(({ seat }) => seat), basket.filter(({ section }) => section)];
    if (seats.length && places.length) {
      wrong = deskWords().oneAtATime;
      return page.redraw();
    }
    busy = true;
    page.redraw();
    const body = {
      performance_id: chosen.id, paid_by: way, types: basket.map(({ type }) => type),
      ...(seats.length ? { seat_ids: seats.map(({ seat }) => seat ?? '') } : { standing: { section: places[0]?.section ?? '', quantity: places.length } }),
    };
    const asked = await ask('post', '/v1/operator/sales', { body, key });
    busy = false;
    problem = asked.ok ? undefined : asked.problem;
    if (asked.ok) {
      [sold, basket, key] = [asked.data, [], newKey()];
      page.say(`${deskWords().soldNow}: ${price(asked.data.amount)}`);
      await paper.show(asked.data.tickets.map(({ code }) => code));
      focus('.print');
    } else if (asked.problem.code === 'seat_taken') {
      // Somebody was faster: what is proposed next is free again.
      [basket, key] = [[], newKey()];
      focus('input[name=line]');
    }
    page.redraw();
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    const way = WAYS[Number(event.key) - 1];
    if (way) {
      event.preventDefault();
      void pay(way);
    } else if (event.key === 'Escape') {
      next();
    }
  }

  function next() {
    clear();
    focus('input[name=line]');
  }

  const total = () => basket.reduce((sum, line) => sum + line.price + fees.fee_per_ticket, basket.length ? fees.fee_per_order : 0);

  function bill() {
    const w = deskWords();
    return html`<section class="card" aria-labelledby="bill" @keydown=${pressed}><h2 id="bill">${w.basket}</h2>
      <ul class="bill">${basket.map((line, at) => html`<li><span>${line.name} <span class="hint">${line.grade}, ${line.type}</span></span>
        <span>${price(line.price)} <button type="button" class="plain" aria-label=${`${words().remove}: ${line.name}`} @click=${() => {
          basket = basket.filter((_, other) => other !== at);
          page.redraw();
        }}>${words().remove}</button></span></li>`)}</ul>
      <p class="sum"><span>${words().total} <span class="hint">${fees.fee_per_ticket || fees.fee_per_order ? w.withFees : nothing}</span></span><strong>${price(total())}</strong></p>
      <div class="act ways">${WAYS.map((way, at) => html`<button type="button" class=${at ? '' : 'main'} ?disabled=${busy} @click=${() => void pay(way)}>
        <kbd>${at + 1}</kbd> ${w.ways[way]}</button>`)}</div></section>`;
  }

  void load();
  return {
    title: () => deskWords().counter,
    view: () => {
      const w = deskWords();
      return html`${heading(w.counter)}${trouble(problem, problem?.detail ? html`<p>${problem.detail}</p>` : nothing)}
        ${!all ? (problem ? nothing : loading()) : !chosen ? html`<p>${words().nothingOnSale}</p>` : html`
          <label>${words().date}<select @change=${(/** @type {Event} */ event) => choose(/** @type {HTMLSelectElement} */ (event.target).value)}>
            ${all.map((date) => html`<option value=${date.id} ?selected=${date.id === chosen?.id}>${date.title}, ${date.local}</option>`)}</select></label>
          <form class="line" @submit=${typed}><label>${w.typeWhat}<input name="line" autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby="line-hint"></label>
            <p id="line-hint" class="hint">${w.typeHint} ${gradesOf(chosen).map((grade) => `${grade.grade} ${grade.prices.map((one) => `${one.type} ${price(one.price)}`).join(', ')} (${number(grade.available)})`).join(' · ')}</p>
            ${wrong ? html`<p class="missing" role="alert">${wrong}</p>` : nothing}</form>
          ${basket.length ? bill() : nothing}
          ${sold ? html`<h2>${w.soldNow}: ${price(sold.amount)}</h2>${trouble(paper.problem)}
            ${paper.view(html`<button type="button" @click=${next}>${w.nextSale}</button>`)}` : nothing}`}`;
    },
  };
}
