// A place in line that is over, on whichever screen one learns of it.

import { html } from '../vendor/lit-html/lit-html.js';
import { words } from '../words/index.js';
import { heading, trouble } from './screen.js';

/** @import { Problem } from '../../types/client.js' */

/** The place is over: what is kept, and what to do.
 * @param {Problem} end @param {() => void} again @param {Problem | undefined} problem @param {string} id */
export function ended(end, again, problem, id) {
  const w = words();
  return html`
    ${heading(w.placeOver)}
    ${trouble(end)}
    <p>${end.code === 'token_replaced' ? w.keptReplaced : w.keptAfterEnd}</p>
    ${trouble(problem)}
    <p class="act"><button type="button" class="main" @click=${again}>${w.joinAgain}</button>
      <a href="#/concerts/${id}">${w.toConcert}</a> <a href="#/tickets">${w.tickets}</a></p>`;
}
