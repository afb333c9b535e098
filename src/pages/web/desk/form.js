// A change by a form: one at a time, the same wish with the same key, what was refused said above it.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { keys } from '../common/api.js';
import { trouble } from '../buyer/screen.js';
import { deskWords } from '../words/desk.js';

/** @import { Page } from '../buyer/screen.js' */
/** @import { Problem } from '../../types/client.js' */

export class Change {
  /** @type {Problem | undefined} */ problem;
  busy = false;
  #key = keys();
  /** What takes the last change back. @type {{ called: string, run: () => unknown } | undefined} */ #back;

  /** @param {Page} page */
  constructor(page) { this.page = page; }

  /** Sends, unless something is under way. Gives what came of it, if it went well.
   * @template T
   * @param {unknown} wish @param {(key: string) => Promise<{ ok: true, data: T } | { ok: false, problem: Problem }>} send
   * @param {string} [said] when it went well
   * @returns {Promise<{ data: T } | undefined>} */
  async send(wish, send, said = '') {
    if (this.busy) { return undefined; }
    [this.busy, this.problem, this.#back] = [true, undefined, undefined];
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

  /** Offers to take back what was done, until something else is done.
   * @param {string} called what it was about @param {() => unknown} run */
  offer(called, run) {
    this.#back = { called, run };
    this.page.redraw();
  }

  /** The button for it. */
  takeBack() {
    const back = this.#back;
    return back ? html`<p class="act"><button type="button" ?disabled=${this.busy} @click=${() => void back.run()}>${deskWords().takeBack}: ${back.called}</button></p>` : nothing;
  }

  /** What was refused; the office's own sentence names the field. */
  trouble() {
    const { problem } = this;
    return trouble(problem, problem?.detail ? html`<p>${problem.detail}</p>` : nothing);
  }
}
