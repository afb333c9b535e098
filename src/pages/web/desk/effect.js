// What a change will do, said before it is applied; of a queue's settings it reckons with what is shown now. The office decides.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { duration, number } from '../common/format.js';
import { deskWords } from '../words/desk.js';

/** @import { Schemas } from '../../types/client.js' */

/** @typedef {{ state: Schemas['QueueState'], max_admitted: number | null, admissions_per_minute: number | null }} Steering */

/** The box that says it; nothing where nothing will be different.
 * @param {readonly string[]} said */
export const effect = (said) => (said.length ? html`<div class="effect" role="status"><p><strong>${deskWords().willDo}</strong></p><ul>${said.map((one) => html`<li>${one}</li>`)}</ul></div>` : nothing);

/** How a queue is steered now.
 * @param {Schemas['QueueView']} queue @returns {Steering} */
export const steeringOf = (queue) => ({
  state: queue.state, max_admitted: queue.max_admitted ?? null, admissions_per_minute: queue.admissions_per_minute ?? null,
});

/** @param {Steering} a @param {Steering} b */
export const isSame = (a, b) => a.state === b.state && a.max_admitted === b.max_admitted && a.admissions_per_minute === b.admissions_per_minute;

/** What it will do, a sentence each.
 * @param {Schemas['QueueView']} queue @param {Steering} wish @returns {string[]} */
export function effects(queue, wish) {
  const w = deskWords();
  /** @type {string[]} */
  const said = [];
  if (wish.state !== queue.state) { said.push(w.stateEffects[wish.state]); }
  if (wish.state === 'paused' || wish.state === 'closed') { return said; }
  const room = wish.max_admitted === null ? queue.waiting : wish.max_admitted - queue.admitted;
  if (room < 0) { said.push(`${w.mustFinishFirst}: ${number(1 - room)}`); }
  if (room === 0) { said.push(w.oneForOne); }
  if (room > 0 && queue.waiting > 0) {
    const atOnce = Math.min(room, queue.waiting);
    const rate = wish.admissions_per_minute;
    said.push(rate && rate < atOnce ? `${w.letInBy}: ${number(atOnce)} (${w.aMinute}: ${number(rate)}, ${duration(Math.ceil(atOnce / rate) * 60)})`
      : `${w.letInNow}: ${number(atOnce)}`);
  }
  if (wish.admissions_per_minute && queue.waiting > wish.admissions_per_minute) {
    said.push(`${w.lastWaits}: ${duration(Math.ceil(queue.waiting / wish.admissions_per_minute) * 60)}`);
  }
  return said;
}
