// A list that comes in pages: what has come, the rest by a button, a problem in its place.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { deskWords } from '../words/desk.js';
import { loading, retry, showMore } from '../buyer/screen.js';

/** @import { Page } from '../buyer/screen.js' */
/** @import { Problem, Refused } from '../../types/client.js' */

/** @template T */
export class Listed {
  /** @type {T[] | undefined} */ items;
  /** @type {Problem | undefined} */ problem;
  busy = false;
  /** @type {string | undefined} */ #next;

  /**
   * @param {Page} page
   * @param {(cursor: string | undefined) => Promise<{ ok: true, items: T[], next: string | undefined } | Refused>} fetch
   */
  constructor(page, fetch) {
    this.page = page;
    this.fetch = fetch;
  }

  /** From the beginning. */
  async load() {
    this.#next = undefined;
    await this.#add([]);
  }

  /** The next page. */
  more = () => this.#add(this.items ?? []);

  /** @param {T[]} before */
  async #add(before) {
    if (this.busy) { return; }
    this.busy = true;
    const asked = await this.fetch(this.#next);
    this.busy = false;
    this.problem = asked.ok ? undefined : asked.problem;
    if (asked.ok) {
      this.items = [...before, ...asked.items];
      this.#next = asked.next;
    }
    this.page.redraw();
  }

  /** A table of it, or what stands in its place.
   * @param {readonly string[]} heads @param {(item: T) => unknown} row the cells */
  table(heads, row) {
    if (this.problem) { return retry(this.problem, () => void this.load()); }
    if (!this.items) { return loading(); }
    if (!this.items.length) { return html`<p>${deskWords().nothingYet}</p>${this.#next ? showMore(this.more) : nothing}`; }
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${heads.join(', ')}><table>
      <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
      <tbody>${this.items.map((item) => html`<tr>${row(item)}</tr>`)}</tbody></table></div>
      ${this.#next ? showMore(this.more) : nothing}`;
  }
}
