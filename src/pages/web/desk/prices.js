// Prices by grade and ticket type, as a table that grows by a type.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { decimals, minorUnits, price } from '../common/format.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';

/** @import { Page } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */

export class Prices {
  /** @type {string[]} */ #grades = [];
  /** @type {{ name: string, prices: Record<string, string> }[]} */ #types = [];

  /** @param {Page} page */
  constructor(page) { this.page = page; }

  /** For these grades.
   * @param {string[]} grades */
  start(grades) {
    this.#grades = grades;
    if (!this.#types.length) { this.#types = [{ name: 'full', prices: {} }]; }
  }

  /** As they are now, to be changed.
   * @param {readonly { name: string, prices: Record<string, number> }[]} types @param {string[]} grades */
  take(types, grades) {
    this.#grades = grades;
    this.#types = types.map(({ name, prices }) => ({ name, prices: Object.fromEntries(Object.entries(prices).map(([grade, amount]) => [grade, written(amount)])) }));
  }

  /** Of these grades.
   * @param {string[]} grades */
  grades(grades) { this.#grades = grades; }

  /** What differs from what they were, in words.
   * @param {readonly { name: string, prices: Record<string, number> }[]} before @returns {string[]} */
  differences(before) {
    const w = deskWords();
    const now = this.types();
    const all = [...new Set([...before, ...now].map(({ name }) => name))];
    const of = (/** @type {readonly { name: string, prices: Record<string, number> }[]} */ types, /** @type {string} */ name) => types.find((type) => type.name === name)?.prices ?? {};
    return all.flatMap((name) => {
      const [was, is] = [of(before, name), of(now, name)];
      return [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((grade) => was[grade] !== is[grade]).map((grade) => {
        const [from, to] = [was[grade], is[grade]];
        return `${grade}, ${name}: ${from === undefined ? w.notSold : price(from)} → ${to === undefined ? w.notSold : price(to)}`;
      });
    });
  }

  /** As they are sent: a field that is empty is a grade in which the type is not sold; 0 is free.
   * @returns {Schemas['TicketTypeRequest'][]} */
  types() {
    return this.#types.filter(({ name }) => name.trim()).map(({ name, prices }) => ({
      name: name.trim(),
      prices: Object.fromEntries(this.#grades.flatMap((grade) => {
        const text = (prices[grade] ?? '').trim();
        const amount = text === '0' ? 0 : minorUnits(text);
        return amount === null ? [] : [[grade, amount]];
      })),
    }));
  }

  view() {
    const w = deskWords();
    const typed = (/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.target).value;
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${w.pricesText}><table><caption>${w.pricesText}</caption>
      <thead><tr><th scope="col">${words().ticketType}</th>${this.#grades.map((grade) => html`<th scope="col">${grade}</th>`)}</tr></thead>
      <tbody>${this.#types.map((type, at) => html`<tr>
        <td><input aria-label="${words().ticketType} ${at + 1}" required maxlength="50" .value=${type.name} @input=${(/** @type {Event} */ event) => {
          type.name = typed(event);
          this.page.redraw();
        }}>
          ${at ? html`<button type="button" class="plain" @click=${() => {
            this.#types = this.#types.filter((other) => other !== type);
            this.page.redraw();
          }}>${words().remove}</button>` : nothing}</td>
        ${this.#grades.map((grade) => html`<td><input aria-label="${type.name} ${grade}" inputmode=${decimals() ? 'decimal' : 'numeric'} ?required=${at === 0}
          .value=${type.prices[grade] ?? ''} @input=${(/** @type {Event} */ event) => {
            type.prices[grade] = typed(event);
            this.page.redraw();
          }}></td>`)}</tr>`)}</tbody></table></div>
      <p class="act"><button type="button" @click=${() => {
        this.#types = [...this.#types, { name: '', prices: {} }];
        this.page.redraw();
      }}>${w.moreTypes}</button></p>`;
  }
}

/** An amount as it is typed.
 * @param {number} amount in minor units */
const written = (amount) => (amount / 10 ** decimals()).toFixed(decimals());
