// The page of the staff around its screens: header, menu of what the key may, the screen that the address names, log-in
// where nobody is. The desk and the door are two of them; nothing here may know what their screens do.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { secondsUntil } from '../common/clock.js';
import '../common/count-down.js';
import { words } from '../words/index.js';
import { staffWords } from '../words/staff.js';
import { App, venueLink, wordsOfAddress } from '../buyer/app.js';
import { logIn } from './log-in.js';
import { logOut, may, onStaff, staff } from '../staff/session.js';

/** @import { Open } from '../buyer/app.js' */
/** @import { Screen } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/**
 * @typedef {object} Part
 * @property {string} at the first word of its address
 * @property {readonly Schemas['Scope'][]} scopes any of them opens it
 * @property {() => Promise<{ open: Open }>} load
 * @property {() => string} [name] as the menu calls it; without one it is not in the menu
 */

/** So long before its end a session says how long it lasts. */
const SOON_SECONDS = 600;

/** @type {{ title: () => string, parts: readonly Part[] }} */
let made = { title: () => '', parts: [] };

const app = new App({
  title: (shown, venue) => venue ? `${shown || made.title()} – ${venue.name}` : shown || made.title(),
  header: (venue) => html`${venueLink(venue, html` <span class="hint">${made.title()}</span>`)}${staff() ? whoIsHere() : nothing}`,
  menu: () => staff() ? menu() : nothing,
  links: () => html`<a href=".">${staffWords().buyersPages}</a><a href="docs">${words().forDevelopers}</a>`,
  open: openPart,
});

/** Begins: called once by the page's own module.
 * @param {{ title: () => string, parts: readonly Part[] }} what the first part that the key may is the first screen */
export function start(what) {
  made = what;
  document.body.classList.add('staff');
  onStaff(() => void app.show(false));
  app.start();
}

const allowed = () => made.parts.filter(({ scopes }) => scopes.some(may));

/** What the address names, or the log-in in its place.
 * @param {string} name @returns {Promise<Open>} */
async function openPart(name) {
  if (!staff()) { return logIn; }
  const may = allowed();
  const part = may.find(({ at }) => at === name) ?? may[0];
  return part ? (await part.load()).open : nothingAllowed;
}

function whoIsHere() {
  const session = staff();
  const soon = session && secondsUntil(session.expires_at) <= SOON_SECONDS;
  return html`<div class="who"><span>${session?.staff_key.name ?? ''}</span>
    ${soon ? html`<span class="hint">${staffWords().sessionEnds}: <count-down until=${session.expires_at}></count-down></span>` : nothing}
    <button type="button" class="plain" @click=${() => void logOut()}>${words().logOut}</button></div>`;
}

function menu() {
  const [here = ''] = wordsOfAddress();
  const shown = allowed().filter(({ name }) => name);
  if (shown.length < 2) { return nothing; }
  return html`<nav class="menu" aria-label=${words().menu}>${shown.map(({ at, name }) => html`
    <a href="#/${at}" aria-current=${at === here ? 'page' : 'false'}>${name?.()}</a>`)}</nav>`;
}

/** @returns {Screen} */
const nothingAllowed = () => ({
  title: () => made.title(),
  view: () => html`<h1 tabindex="-1">${made.title()}</h1><p>${staffWords().nothingAllowed}</p>`,
});
