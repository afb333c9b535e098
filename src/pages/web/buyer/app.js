// The app around the screens, alike for buyers and for staff: whose office this is, which screen is shown, what is said to those who
// listen, the language. It knows no screen: whoever starts it says how the address becomes one.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { BASE, call } from '../common/api.js';
import { setCurrency } from '../common/format.js';
import { NAMES, greet, language, speak, words } from '../words/index.js';
import { forAll } from '../keep/store.js';
import { loading, retry, skip } from './screen.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** @typedef {(page: Page, venue: Schemas['VenueView'], ...parts: string[]) => Screen} Open */

/**
 * What differs between one app and another.
 * @typedef {object} Own
 * @property {(shown: string | undefined, venue: Schemas['VenueView'] | undefined) => string | undefined} title of the window, from the screen's
 * @property {(venue: Schemas['VenueView'] | undefined) => unknown} header
 * @property {() => unknown} [menu] between the header and the screen
 * @property {() => unknown} links at the foot, beside the language
 * @property {(name: string) => Open | Promise<Open | undefined> | undefined} open the screen of the address's first word
 */

/** The words of the address behind its `#`. */
export const wordsOfAddress = () => location.hash.replace(/^#\/?/, '').split('?')[0]?.split('/').map(decodeURIComponent) ?? [];

export class App {
  /** @type {Schemas['VenueView'] | undefined} */ #venue = forAll.get('venue') ?? undefined;
  /** @type {Screen | undefined} */ #screen;
  /** @type {() => unknown} */ #instead = loading;
  #said = '';
  /** Counts the screens asked for: only the last one is shown. */
  #turn = 0;
  #drawing = false;

  /** @type {Page} */
  page = {
    redraw: () => {
      if (this.#drawing) { return; }
      this.#drawing = true;
      queueMicrotask(() => {
        this.#drawing = false;
        this.#draw();
      });
    },
    go(hash) { location.hash = hash; },
    learn: () => this.#meet(),
    turn(hash) { location.replace(hash); },
    say: (text) => {
      // The same words again would not be spoken.
      this.#said = this.#said === text ? `${text}\u00a0` : text;
      this.page.redraw();
    },
  };

  /** @param {Own} own */
  constructor(own) {
    this.own = own;
  }

  /** Shows what the address names from now on. Called once. */
  start() {
    document.addEventListener('tell', (event) => this.page.say(/** @type {CustomEvent<string>} */ (event).detail));
    window.addEventListener('hashchange', () => void this.show());
    if (this.#venue) { setCurrency(this.#venue); }
    greet(this.#venue?.languages ?? []);
    this.#draw();
    void this.show(false);
    if (this.#venue) { void this.#meet(); }
  }

  /** Shows what the address names.
   * @param {boolean} [moved] whether somebody went there, so that the focus follows */
  async show(moved = true) {
    const mine = ++this.#turn;
    if (!this.#venue && !(await this.#meet())) { return; }
    const [name = '', ...parts] = wordsOfAddress();
    /** @type {Open | undefined} */
    let open;
    try {
      open = await this.own.open(name);
    } catch {
      // The file is gone with an older version, or there is no network.
      this.#instead = () => retry({ code: 'offline', status: 0 }, () => location.reload());
    }
    if (mine !== this.#turn) { return; }
    this.#screen?.close?.();
    this.#screen = open && this.#venue ? open(this.page, this.#venue, ...parts) : undefined;
    this.#draw();
    if (moved) {
      window.scrollTo(0, 0);
      document.querySelector('h1')?.focus({ preventScroll: true });
    }
  }

  #draw() {
    const [w, venue, screen] = [words(), this.#venue, this.#screen];
    document.title = this.own.title(screen?.title(), venue) ?? document.title;
    document.body.classList.toggle('wide', Boolean(screen?.wide));
    const atHeading = document.activeElement?.matches('main h1');
    render(html`
      <a class="skip" href="#main" @click=${skip}>${w.skip}</a>
      <header class="top">${this.own.header(venue)}</header>
      ${this.own.menu?.() ?? nothing}
      <main id="main" tabindex="-1">${screen ? screen.view() : this.#instead()}</main>
      <footer class="bottom">
        <label>${w.language}
          <select @change=${this.#changeLanguage}>${Object.entries(NAMES).map(([tag, name]) =>
            html`<option value=${tag} lang=${tag} ?selected=${tag === language()}>${name}</option>`)}</select>
        </label>
        ${this.own.links()}
      </footer>
      <div class="unseen" role="status" aria-live="polite">${this.#said}</div>`, document.body);
    // What was waited for has a heading of its own: whoever was at the first is at this one.
    if (atHeading && document.activeElement === document.body) { document.querySelector('h1')?.focus({ preventScroll: true }); }
  }

  #changeLanguage = (/** @type {Event} */ event) => {
    speak(/** @type {HTMLSelectElement} */ (event.target).value);
    void this.show(false);
  };

  /** Learns whose office this is. */
  async #meet() {
    const asked = await call('get', '/v1/venue');
    if (asked.ok) {
      this.#venue = asked.data;
      forAll.set('venue', asked.data);
      setCurrency(asked.data);
      greet(asked.data.languages);
      this.page.redraw();
    } else if (!this.#venue) {
      this.#instead = () => retry(asked.problem, () => void this.show());
      this.#draw();
    }
    return Boolean(this.#venue);
  }
}

/** The venue's name and logo, which lead to the first screen.
 * @param {Schemas['VenueView'] | undefined} venue @param {unknown} [beside] */
export const venueLink = (venue, beside = nothing) => html`<a class="venue" href="#/">
  ${venue?.logo ? html`<img alt="" src=${new URL(venue.logo.slice(1), BASE).href}>` : nothing}${venue?.name ?? ''}${beside}</a>`;
