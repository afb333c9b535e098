// Steering a sale: the queue's state, how many may be inside, how many a minute; each change says what it will do before it is
// applied, and can be taken back.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { number } from '../common/format.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { effects, isSame, steeringOf } from './effect.js';
import { Change } from './form.js';

/** @import { Page } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */
/** @import { Steering } from './effect.js' */

/** @type {readonly Schemas['QueueState'][]} */
const STATES = ['open', 'paused', 'draining', 'closed'];

export class Controls {
  /** What was typed; none while nothing is to change. @type {Steering | undefined} */ #wish;
  /** What was before the last change, and what it made. @type {{ before: Steering, after: Steering } | undefined} */ #done;
  #change;

  /** @param {Page} page @param {string} concert */
  constructor(page, concert) {
    this.page = page;
    this.concert = concert;
    this.#change = new Change(page);
  }

  /** @param {Steering} wish @param {Steering} before @param {string} match the version of the settings that were seen */
  async #apply(wish, before, match) {
    const params = { concert_id: this.concert };
    // A bound that is taken away is null, which the document's types do not know.
    const body = /** @type {Schemas['QueueSettingsRequest']} */ (/** @type {unknown} */ (wish));
    const done = await this.#change.send(wish, () => ask('patch', '/v1/operator/concerts/{concert_id}/queue', { params, body, match }), deskWords().applied);
    if (!done) { return; }
    this.#done = { before, after: wish };
    this.#wish = undefined;
    this.page.redraw();
  }

  /** @param {Partial<Steering>} part @param {Steering} now */
  #want(part, now) {
    const wish = { ...(this.#wish ?? now), ...part };
    this.#wish = isSame(wish, now) ? undefined : wish;
    this.page.redraw();
  }

  /** @param {Schemas['QueueView']} queue as it is now */
  view(queue) {
    const w = deskWords();
    const now = steeringOf(queue);
    const wish = this.#wish ?? now;
    const bound = (/** @type {Event} */ event) => {
      const { value } = /** @type {HTMLInputElement} */ (event.target);
      return value.trim() ? Math.max(1, Math.round(Number(value)) || 1) : null;
    };
    const back = this.#done && isSame(now, this.#done.after) ? this.#done.before : undefined;
    return html`<section class="card" aria-labelledby="steer"><h2 id="steer">${w.steer}</h2>${this.#change.trouble()}
      <form @submit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        if (this.#wish) { void this.#apply(this.#wish, now, queue.settings_version); }
      }}>
        <fieldset><legend>${w.queue}</legend>${STATES.map((state) => html`<label class="choice">
          <input type="radio" name="state" .checked=${wish.state === state} @change=${() => this.#want({ state }, now)}>
          <span>${w.queueStates[state]} <span class="hint">${w.stateTexts[state]}</span></span></label>`)}</fieldset>
        <div class="columns">
          <label>${w.mostInside} (${w.emptyIsUnbounded})<input name="cap" type="number" min="1" max="1000000" .value=${String(wish.max_admitted ?? '')}
            @input=${(/** @type {Event} */ event) => this.#want({ max_admitted: bound(event) }, now)}></label>
          <label>${w.perMinute} (${w.emptyIsUnbounded})<input name="rate" type="number" min="1" max="1000000" .value=${String(wish.admissions_per_minute ?? '')}
            @input=${(/** @type {Event} */ event) => this.#want({ admissions_per_minute: bound(event) }, now)}></label></div>
        ${this.#wish ? html`<div class="effect" role="status"><h3>${w.willDo}</h3><ul>${effects(queue, wish).map((said) => html`<li>${said}</li>`)}
          <li class="hint">${w.nobodyOut}</li></ul></div>` : nothing}
        <p class="act"><button class="main" ?disabled=${!this.#wish || this.#change.busy}>${w.apply}</button>
          ${this.#wish ? html`<button type="button" @click=${() => this.#want(now, now)}>${w.forget}</button>` : nothing}
          ${back && !this.#wish ? html`<button type="button" ?disabled=${this.#change.busy} @click=${() => void this.#apply(back, now, queue.settings_version)}>${w.takeBack}:
            ${w.queueStates[back.state]}, ${w.mostInside} ${back.max_admitted === null ? '∞' : number(back.max_admitted)}</button>` : nothing}</p>
      </form></section>`;
  }
}
