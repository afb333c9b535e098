// The page: header, the screen that the address names, footer. Screens come as modules of their own when they are first
// shown. Addresses stand behind the `#`, so that the pages work under any prefix and need nothing of a server.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { BASE, call } from '../common/api.js';
import { setCurrency } from '../common/format.js';
import { logOut, onSession, signedIn } from '../common/session.js';
import '../common/count-down.js';
import { startWorker } from '../common/worker.js';
import { NAMES, greet, language, speak, words } from '../words/index.js';
import { forAll, forTab } from '../keep/store.js';
import { loading, retry, skip } from './screen.js';
import { forgetVisits } from './visit.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** @typedef {(page: Page, venue: Schemas['VenueView'], ...parts: string[]) => Screen} Open */

/** The screens by the first word of their address. @type {Record<string, () => Promise<{ open: Open }>>} */
const SCREENS = {
  '': () => import('./concerts.js'),
  concerts: () => import('./concert.js'),
  'log-in': () => import('./log-in.js'),
  'sign-up': () => import('./sign-up.js'),
  wait: () => import('./waiting.js'),
  draw: () => import('./draw.js'),
  choose: () => import('./choose.js'),
  waitlist: () => import('./waitlist.js'),
  pay: () => import('./pay.js'),
  tickets: () => import('./tickets.js'),
  ticket: () => import('./ticket.js'),
  account: () => import('./account.js'),
  checkout: () => import('./checkout.js'),
  security: () => import('./security.js'),
  forgotten: () => import('./forgotten.js'),
  'reset-password': () => import('./new-password.js'),
  'confirm-email': () => import('./confirm-email.js'),
  'set-up': () => import('./set-up.js'),
};

/** @type {Schemas['VenueView'] | undefined} */
let venue = forAll.get('venue') ?? undefined;
/** @type {Screen | undefined} */
let screen;
/** @type {unknown} */
let instead = loading;
let said = '';
/** Counts the screens asked for: only the last one is shown. */
let turn = 0;
let drawing = false;

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
  learn: () => meet(),
  turn(hash) { location.replace(hash); },
  say(text) {
    // The same words again would not be spoken.
    said = said === text ? `${text}\u00a0` : text;
    page.redraw();
  },
};

function draw() {
  const w = words();
  const title = screen?.title();
  document.title = title && venue ? `${title} – ${venue.name}` : venue?.name ?? document.title;
  document.body.classList.toggle('wide', Boolean(screen?.wide));
  const atHeading = document.activeElement?.matches('main h1');
  render(html`
    <a class="skip" href="#main" @click=${skip}>${w.skip}</a>
    <header class="top">
      <a class="venue" href="#/">${venue?.logo ? html`<img alt="" src=${new URL(venue.logo.slice(1), BASE).href}>` : nothing}${venue?.name ?? ''}</a>
      <nav aria-label=${w.menu}>${signedIn() ? mine() : nothing}${signedIn() ? nothing : html`<a href="#/log-in">${w.logIn}</a>`}</nav>
    </header>
    <main id="main" tabindex="-1">${screen ? screen.view() : /** @type {() => unknown} */ (instead)()}</main>
    <footer class="bottom">
      <label>${w.language}
        <select @change=${changeLanguage}>${Object.entries(NAMES).map(([tag, name]) =>
          html`<option value=${tag} lang=${tag} ?selected=${tag === language()}>${name}</option>`)}</select>
      </label>
      <a href="docs">${w.forDevelopers}</a>
    </footer>
    <div class="unseen" role="status" aria-live="polite">${said}</div>`, document.body);
  // What was waited for has a heading of its own: whoever was at the first is at this one.
  if (atHeading && document.activeElement === document.body) { document.querySelector('h1')?.focus({ preventScroll: true }); }
}

const mine = () => html`
  <a href="#/tickets">${words().tickets}</a>
  <a href="#/account">${words().account}</a>
  <button type="button" class="plain" @click=${leave}>${words().logOut}</button>`;

async function leave() {
  forgetVisits();
  await logOut();
  page.go('#/');
}

/** @param {Event} event */
function changeLanguage(event) {
  speak(/** @type {HTMLSelectElement} */ (event.target).value);
  void show(false);
}

/** Shows what the address names.
 * @param {boolean} [moved] whether somebody went there, so that the focus follows */
async function show(moved = true) {
  const mine = ++turn;
  const [name = '', ...parts] = location.hash.replace(/^#\/?/, '').split('?')[0]?.split('/').map(decodeURIComponent) ?? [];
  if (!venue && !(await meet())) { return; }
  let open;
  try {
    ({ open } = await (SCREENS[name] ?? SCREENS[''])?.() ?? {});
  } catch {
    // The file is gone with an older version, or there is no network.
    instead = () => retry({ code: 'offline', status: 0 }, () => location.reload());
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

/** Whoever comes back from the payment service is led to its screen; what it says leaves the address. */
function comeBack() {
  const address = new URL(location.href);
  const id = address.searchParams.get('checkout');
  if (!id) { return; }
  address.searchParams.delete('checkout');
  forTab.set(`return:${id}`, Object.fromEntries(address.searchParams));
  address.search = '';
  address.hash = `#/checkout/${encodeURIComponent(id)}`;
  history.replaceState(history.state, '', address);
}

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

comeBack();
document.addEventListener('tell', (event) => page.say(/** @type {CustomEvent<string>} */ (event).detail));
window.addEventListener('hashchange', () => void show());
onSession(() => void show(false));
if (venue) { setCurrency(venue); }
greet(venue?.languages ?? []);
draw();
void show(false);
if (venue) { void meet(); }
startWorker();
