// What every screen is made of: what it shows, and the few parts that all of them show alike.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { explained, words } from '../words/index.js';

/** @import { Problem } from '../../types/client.js' */

/**
 * @typedef {object} Screen
 * @property {() => string} title
 * @property {() => unknown} view
 * @property {() => void} [close] when another takes its place
 * @property {boolean} [wide] whether it uses all of a wide window
 */

/**
 * What a screen may do with the page around it.
 * @typedef {object} Page
 * @property {() => void} redraw
 * @property {(hash: string) => void} go to another screen
 * @property {() => Promise<boolean>} learn anew whose office this is
 * @property {(hash: string) => void} turn to another screen, which takes this one's place for the back button
 * @property {(text: string) => void} say to those who listen
 */

/** A screen's heading. It takes the focus when the screen comes.
 * @param {string} text */
export const heading = (text) => html`<h1 tabindex="-1">${text}</h1>`;

/** Past the header, for whoever goes by the Tab key.
 * @param {Event} event */
export function skip(event) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

/** What went wrong and what helps.
 * @param {Problem | undefined} problem
 * @param {unknown} [more] what can be done about it */
export function trouble(problem, more = nothing) {
  if (!problem) { return nothing; }
  const login = ['session_invalid', 'unauthenticated'].includes(problem.code)
    ? html`<a class="button" href="#/log-in/${encodeURIComponent(location.hash)}">${words().logIn}</a>` : nothing;
  return html`<div class="trouble" role="alert"><p>${explained(problem)}</p>${login} ${more}</div>`;
}

export const loading = () => html`<p class="loading" role="status">${words().loading}</p>`;

/** Where something could not be fetched.
 * @param {Problem} problem
 * @param {() => void} again */
export const retry = (problem, again) =>
  trouble(problem, html`<button type="button" @click=${again}>${words().again}</button>`);

/** The button below a list, a table or what else stands one below the other, of which there is more. What came has the focus then:
 * the button is somewhere below, or gone.
 * @param {() => Promise<void>} load */
export const showMore = (load) => html`<p><button type="button" @click=${(/** @type {MouseEvent} */ event) => void more(event, load)}>
  ${words().showMore}</button></p>`;

/** @param {MouseEvent} event @param {() => Promise<void>} load */
async function more(event, load) {
  const below = /** @type {HTMLElement} */ (event.currentTarget).closest('p');
  const list = below?.previousElementSibling;
  const last = list?.matches('ul, table, .scroll') ? list.querySelector(':scope > li:last-child, tbody > tr:last-child') : list;
  await load();
  const came = /** @type {HTMLElement | null | undefined} */ (last?.nextElementSibling);
  if (!came || came === below) { return; }
  const first = /** @type {HTMLElement} */ (came.querySelector('a[href], button') ?? came);
  if (first === came) { came.tabIndex = -1; }
  first.focus();
}

/** What a form's fields say.
 * @param {SubmitEvent} event */
export function fields(event) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  /** @type {Record<string, string>} */
  const said = {};
  for (const [name, value] of new FormData(form)) { said[name] = String(value); }
  return said;
}
