// The page of the staff around its screens: header, menu of what the key may, the screen that the address names, log-in
// where nobody is. The desk and the door are two of them; nothing here may know what their screens do.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { BASE, call } from '../common/api.js';
import { secondsUntil } from '../common/clock.js';
import { setCurrency } from '../common/format.js';
import { forAll } from '../keep/store.js';
import '../common/count-down.js';
import { NAMES, greet, language, speak, words } from '../words/index.js';
import { staffWords } from '../words/staff.js';
import { loading, retry, skip } from '../buyer/screen.js';
import { logIn } from './log-in.js';
import { logOut, may, onStaff, staff } from '../staff/session.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** @typedef {(page: Page, venue: Schemas['VenueView'], ...parts: string[]) => Screen} Open */

/**
 * @typedef {object} Part
 * @property {string} at the first word of its address
 * @property {readonly Schemas['Scope'][]} scopes any of them opens it
 * @property {() => Promise<{ open: Open }>} load
 * @property {() => string} [name] as the menu calls it; without one it is not in the menu
 */

/** So long before its end a session says how long it lasts. */
const SOON_SECONDS = 600;

/** @type {Schemas['VenueView'] | undefined} */
let venue = forAll.get('venue') ?? undefined;
/** @type {Screen | undefined} */
let screen;
/** @type {() => unknown} */
let instead = loading;
let said = '';
let turn = 0;
let drawing = false;
/** @type {{ title: () => string, parts: readonly Part[] }} */
let made = { title: () => '', parts: [] };

/** @type {Page} */
const page = {
  redraw() {
    if (drawing) { return; }
    drawing = true;
    queueMicrotask(() => {
      drawing = false;
      draw();
    });
  },
  go(hash) { location.hash = hash; },
  turn(hash) { location.replace(hash); },
  learn: () => meet(),
  say(text) {
    // The same words again would not be spoken.
    said = said === text ? `${text}\u00a0` : text;
    page.redraw();
  },
};

/** Begins: called once by the page's own module.
 * @param {{ title: () => string, parts: readonly Part[] }} what the first part that the key may is the first screen */
export function start(what) {
  made = what;
  document.addEventListener('tell', (event) => page.say(/** @type {CustomEvent<string>} */ (event).detail));
  window.addEventListener('hashchange', () => void show());
  onStaff(() => void show(false));
  if (venue) { setCurrency(venue); }
  greet(venue?.languages ?? []);
  draw();
  void show(false);
  if (venue) { void meet(); }
}

const allowed = () => made.parts.filter(({ scopes }) => scopes.some(may));

/** Where the address points. */
function asked() {
  const [name = '', ...parts] = location.hash.replace(/^#\/?/, '').split('?')[0]?.split('/').map(decodeURIComponent) ?? [];
  return { name, parts };
}

function draw() {
  const w = words();
  const title = screen?.title() || made.title();
  document.title = venue ? `${title} – ${venue.name}` : title;
  // A screen's first view and its whole one are of other elements: the heading that had the focus may be gone.
  const atHeading = document.activeElement?.matches('main h1');
  document.body.classList.add('staff');
  document.body.classList.toggle('wide', Boolean(screen?.wide));
  render(html`
    <a class="skip" href="#main" @click=${skip}>${w.skip}</a>
    <header class="top">
      <a class="venue" href="#/">${venue?.logo ? html`<img alt="" src=${new URL(venue.logo.slice(1), BASE).href}>` : nothing}${venue?.name ?? ''}
        <span class="hint">${made.title()}</span></a>
      ${staff() ? whoIsHere() : nothing}
    </header>
    ${staff() ? menu() : nothing}
    <main id="main" tabindex="-1">${screen ? screen.view() : instead()}</main>
    <footer class="bottom">
      <label>${w.language}
        <select @change=${changeLanguage}>${Object.entries(NAMES).map(([tag, name]) =>
          html`<option value=${tag} lang=${tag} ?selected=${tag === language()}>${name}</option>`)}</select>
      </label>
      <a href=".">${staffWords().buyersPages}</a><a href="docs">${w.forDevelopers}</a>
    </footer>
    <div class="unseen" role="status" aria-live="polite">${said}</div>`, document.body);
  if (atHeading && document.activeElement === document.body) { document.querySelector('h1')?.focus({ preventScroll: true }); }
}

function whoIsHere() {
  const session = staff();
  const soon = session && secondsUntil(session.expires_at) <= SOON_SECONDS;
  return html`<div class="who"><span>${session?.staff_key.name ?? ''}</span>
    ${soon ? html`<span class="hint">${staffWords().sessionEnds}: <count-down until=${session.expires_at}></count-down></span>` : nothing}
    <button type="button" class="plain" @click=${() => void logOut()}>${words().logOut}</button></div>`;
}

function menu() {
  const here = asked().name;
  const shown = allowed().filter(({ name }) => name);
  if (shown.length < 2) { return nothing; }
  return html`<nav class="menu" aria-label=${words().menu}>${shown.map(({ at, name }) => html`
    <a href="#/${at}" aria-current=${at === here ? 'page' : 'false'}>${name?.()}</a>`)}</nav>`;
}

/** @param {Event} event */
function changeLanguage(event) {
  speak(/** @type {HTMLSelectElement} */ (event.target).value);
  void show(false);
}

/** Shows what the address names, or the log-in in its place.
 * @param {boolean} [moved] whether somebody went there, so that the focus follows */
async function show(moved = true) {
  const mine = ++turn;
  if (!venue && !(await meet())) { return; }
  const { name, parts } = asked();
  const may = allowed();
  const part = may.find(({ at }) => at === name) ?? may[0];
  /** @type {Open | undefined} */
  let open = staff() ? () => nothingAllowed() : logIn;
  if (part && staff()) {
    try {
      ({ open } = await part.load());
    } catch {
      // The file is gone with an older version, or there is no network.
      open = undefined;
      instead = () => retry({ code: 'offline', status: 0 }, () => location.reload());
    }
  }
  if (mine !== turn) { return; }
  screen?.close?.();
  screen = open && venue ? open(page, venue, ...parts) : undefined;
  draw();
  if (moved) {
    window.scrollTo(0, 0);
    document.querySelector('h1')?.focus({ preventScroll: true });
  }
}

/** @returns {Screen} */
const nothingAllowed = () => ({
  title: () => made.title(),
  view: () => html`<h1 tabindex="-1">${made.title()}</h1><p>${staffWords().nothingAllowed}</p>`,
});

/** Learns whose office this is. */
async function meet() {
  const asked = await call('get', '/v1/venue');
  if (asked.ok) {
    venue = asked.data;
    forAll.set('venue', venue);
    setCurrency(venue);
    greet(venue.languages);
    page.redraw();
  } else if (!venue) {
    instead = () => retry(asked.problem, () => void show());
    draw();
  }
  return Boolean(venue);
}
