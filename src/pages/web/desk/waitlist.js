// The waitlist of a concert: who waits once it is sold out, and to whom what comes back is offered.

import { html } from '../vendor/lit-html/lit-html.js';
import { duration, number } from '../common/format.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { heading, loading, retry } from '../buyer/screen.js';
import { effect } from './effect.js';
import { Change } from './form.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @type {readonly Schemas['Mode'][]} */
const MODES = ['in_order', 'by_draw', 'closed'];
const EVERY_MS = 5000;

/** @param {Page} page @param {unknown} _venue @param {string} id the concert's @returns {Screen} */
export function open(page, _venue, id) {
  const params = { concert_id: id };
  const change = new Change(page);
  /** @type {Schemas['WaitlistView'] | undefined} */
  let list;
  let version = '';
  /** What is wished. @type {{ mode: Schemas['Mode'], offer_seconds: number } | undefined} */
  let wish;
  /** The version that the wish began with. */
  let seen = '';
  /** @type {Problem | undefined} */
  let problem;
  let timer = 0;
  let closed = false;

  async function load() {
    clearTimeout(timer);
    const asked = await ask('get', '/v1/operator/concerts/{concert_id}/waitlist', { params });
    if (closed) { return; }
    problem = asked.ok ? undefined : asked.problem;
    if (asked.ok) { [list, version] = [asked.data, asked.etag ?? '']; }
    page.redraw();
    timer = window.setTimeout(load, EVERY_MS);
  }

  /** @param {{ mode: Schemas['Mode'], offer_seconds: number }} body @param {string} match @param {boolean} [reversible] */
  async function send(body, match, reversible = true) {
    const was = list && { mode: list.mode, offer_seconds: list.offer_seconds };
    const done = await change.send(body, async () => {
      const asked = await ask('patch', '/v1/operator/concerts/{concert_id}/waitlist', { params, body, match });
      if (asked.ok) { version = asked.etag ?? ''; }
      return asked;
    }, deskWords().applied);
    if (!done) { return load(); }
    [list, wish] = [done.data, undefined];
    if (reversible && was) { change.offer(`${deskWords().waitlistModes[was.mode]}, ${duration(was.offer_seconds)}`, () => send(was, version, false)); }
    page.redraw();
  }

  void load();
  return {
    title: () => deskWords().waitlist,
    close() {
      closed = true;
      clearTimeout(timer);
    },
    view: () => {
      const w = deskWords();
      if (!list) { return problem ? retry(problem, () => void load()) : html`${heading(w.waitlist)}${loading()}`; }
      const now = { mode: list.mode, offer_seconds: list.offer_seconds };
      const of = wish ?? now;
      const want = (/** @type {Partial<typeof now>} */ part) => {
        if (!wish) { seen = version; }
        const next = { ...of, ...part };
        wish = next.mode === now.mode && next.offer_seconds === now.offer_seconds ? undefined : next;
        page.redraw();
      };
      const said = [
        ...(of.mode === now.mode ? [] : [w.waitlistEffects[of.mode]]),
        ...(of.offer_seconds === now.offer_seconds ? [] : [`${w.offerLasts}: ${duration(now.offer_seconds)} → ${duration(of.offer_seconds)}. ${w.offersStay}`]),
        ...(wish ? [`${w.keepPlace}: ${number(list.waiting)}`] : []),
      ];
      return html`${heading(w.waitlist)}${change.trouble()}<p><a href="#/concert/${id}">${words().concert}</a></p><p>${w.waitlistText}</p>
        <dl class="figures"><div><dt>${w.waiting}</dt><dd>${number(list.waiting)}</dd></div><div><dt>${w.offered}</dt><dd>${number(list.offered)}</dd></div></dl>
        ${change.takeBack()}
        <form class="card" @submit=${(/** @type {Event} */ event) => {
          event.preventDefault();
          if (wish) { void send(wish, seen); }
        }}><fieldset><legend>${w.toWhom}</legend>${MODES.map((mode) => html`<label class="choice"><input type="radio" name="mode" .checked=${of.mode === mode} @change=${() => want({ mode })}>
          <span>${w.waitlistModes[mode]}</span></label>`)}</fieldset>
          <label>${w.offerMinutes}<input name="minutes" type="number" min="1" max="10080" required .value=${String(of.offer_seconds / 60)} @input=${(/** @type {Event} */ event) => {
            const minutes = Number(/** @type {HTMLInputElement} */ (event.target).value);
            if (minutes >= 1) { want({ offer_seconds: Math.round(minutes * 60) }); }
          }}></label>
          ${effect(said)}
          <p class="act"><button class="main" ?disabled=${!wish || change.busy}>${w.apply}</button>
            ${wish ? html`<button type="button" @click=${() => {
              wish = undefined;
              page.redraw();
            }}>${w.forget}</button>` : ''}</p></form>`;
    },
  };
}
