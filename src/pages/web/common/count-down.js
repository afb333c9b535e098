// <count-down until="…">: the time left, by the office's clock. It is spoken at two minutes, one, thirty seconds, ten and
// the end only: a screen reader that heard every second would hear nothing else.

import { words } from '../words/index.js';
import { now, secondsUntil } from './clock.js';
import { clockTime, duration } from './format.js';

const SPOKEN = [120, 60, 30, 10];

class CountDown extends HTMLElement {
  static observedAttributes = ['until'];
  #timer = 0;
  #before = Infinity;

  connectedCallback() { this.#tick(); }
  disconnectedCallback() { clearTimeout(this.#timer); }
  attributeChangedCallback() {
    this.#before = Infinity;
    if (this.isConnected) { this.#tick(); }
  }

  #tick() {
    clearTimeout(this.#timer);
    const until = this.getAttribute('until');
    if (!until) { return; }
    const left = secondsUntil(until);
    this.textContent = left > 48 * 3600 ? duration(left) : clockTime(left);
    this.classList.toggle('soon', left <= 60);
    const passed = SPOKEN.find((mark) => left <= mark && this.#before > mark);
    if (passed && this.#before !== Infinity) { this.#tell(words().timeLeft(duration(left))); }
    if (left === 0 && this.#before > 0) { this.dispatchEvent(new CustomEvent('over', { bubbles: true })); }
    this.#before = left;
    if (left > 0) { this.#timer = window.setTimeout(() => this.#tick(), untilNextSecond(until)); }
  }

  /** @param {string} text */
  #tell(text) { this.dispatchEvent(new CustomEvent('tell', { bubbles: true, detail: text })); }
}

/** @param {string} until */
function untilNextSecond(until) {
  const left = Date.parse(until) - now();
  return (left % 1000) + 10;
}

customElements.define('count-down', CountDown);
