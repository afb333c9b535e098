// A change by a form: one at a time, the same wish with the same key, what was refused said above it.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { keys } from '../common/api.js';
import { trouble } from '../buyer/screen.js';

/** @import { Page } from '../buyer/screen.js' */
/** @import { Problem } from '../../types/client.js' */

export class Change {
  /** @type {Problem | undefined} */ problem;
  busy = false;
  #key = keys();

  /** @param {Page} page */
  constructor(page) { this.page = page; }

  /** Sends, unless something is under way. Gives what came of it, if it went well.
   * @template T
   * @param {unknown} wish @param {(key: string) => Promise<{ ok: true, data: T } | { ok: false, problem: Problem }>} send
   * @param {string} [said] when it went well
   * @returns {Promise<{ data: T } | undefined>} */
  async send(wish, send, said = '') {
    if (this.busy) { return undefined; }
    [this.busy, this.problem] = [true, undefined];
    this.page.redraw();
    const asked = await send(this.#key(wish));
    this.busy = false;
    if (!asked.ok) {
      this.problem = asked.problem;
      this.page.redraw();
      return undefined;
    }
    // The same wish said again is another one.
    this.#key = keys();
    if (said) { this.page.say(said); }
    this.page.redraw();
    return { data: asked.data };
  }

  /** What was refused; the office's own sentence names the field. */
  trouble() {
    const { problem } = this;
    return trouble(problem, problem?.detail ? html`<p lang="en">${problem.detail}</p>` : nothing);
  }
}
