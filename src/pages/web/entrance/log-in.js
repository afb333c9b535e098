// Logging in by a staff key, where the screen would be that the address names: afterwards that screen is there. In a
// demonstration its key is at hand.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { words } from '../words/index.js';
import { staffWords } from '../words/staff.js';
import { told } from '../buyer/guide.js';
import { fields, heading, trouble } from '../buyer/screen.js';
import { logIn as openSession } from '../staff/session.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem } from '../../types/client.js' */

/** @param {Page} page @returns {Screen} */
export function logIn(page) {
  /** @type {Problem | undefined} */
  let problem;
  let busy = false;

  /** @param {string} key */
  async function enter(key) {
    if (busy) { return; }
    busy = true;
    page.redraw();
    problem = await openSession(key);
    busy = false;
    page.redraw();
  }

  return {
    title: () => words().logIn,
    view: () => {
      const w = staffWords();
      const guide = told();
      return html`${heading(w.staffLogIn)}${trouble(problem)}
        <form class="card" @submit=${(/** @type {SubmitEvent} */ event) => void enter(fields(event)['key'] ?? '')}>
          <label>${w.staffKey}<input name="key" type="password" autocomplete="off" required maxlength="200" aria-describedby="key-hint"></label>
          <p id="key-hint" class="hint">${w.staffKeyHint}</p>
          <p class="act"><button class="main" ?disabled=${busy}>${words().logIn}</button></p>
        </form>
        ${guide ? html`<p class="act"><button type="button" ?disabled=${busy} @click=${() => void enter(guide.operator_key)}>${w.demoOperator}</button></p>` : nothing}`;
    },
  };
}
