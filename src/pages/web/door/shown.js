// What the door shows: the answer, the network, the figures, the last answers with their undo.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { number } from '../common/format.js';
import { language } from '../words/index.js';
import { doorWords } from '../words/door.js';

/** @import { Doorway, Outcome } from './doorway.js' */

/** A shape of its own for each answer, so that colour is not needed. @type {Record<string, unknown>} */
const SHAPES = {
  in: html`<svg viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="M13 25l8 8 15-17"/></svg>`,
  again: html`<svg viewBox="0 0 48 48" aria-hidden="true"><path d="M24 3l22 41H2z"/><path d="M24 18v13m0 5v2"/></svg>`,
  no: html`<svg viewBox="0 0 48 48" aria-hidden="true"><path d="M15 2h18l13 13v18L33 46H15L2 33V15z"/><path d="M15 15l18 18m0-18L15 33"/></svg>`,
  held: html`<svg viewBox="0 0 48 48" aria-hidden="true"><path d="M3 3h42v42H3z"/><path d="M17 14v20m14-20v20"/></svg>`,
  asking: html`<svg viewBox="0 0 48 48" aria-hidden="true"><circle cx="10" cy="24" r="5"/><circle cx="24" cy="24" r="5"/><circle cx="38" cy="24" r="5"/></svg>`,
};

/** Hours, minutes and seconds at the venue.
 * @param {string | undefined} instant @param {string} timeZone */
export function clock(instant, timeZone) {
  if (!instant) { return ''; }
  const parts = /** @type {const} */ ({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone });
  return new Intl.DateTimeFormat(language(), parts).format(new Date(instant));
}

/** What is known of the check-in that counts.
 * @param {Outcome} outcome @param {string} timeZone */
function firstOf({ kind, first }, timeZone) {
  const w = doorWords();
  if (kind !== 'again') { return nothing; }
  if (!first?.checked_in_at) { return html`<p>${w.inBefore}</p>`; }
  return html`<p class="first">${w.firstAt}: <strong>${clock(first.checked_in_at, timeZone)}</strong>${first.gate ? html`, ${w.gate}: <strong>${first.gate}</strong>` : nothing}</p>`;
}

/** The answer to the last code.
 * @param {Outcome | undefined} outcome @param {string} timeZone */
export function answer(outcome, timeZone) {
  const w = doorWords();
  if (!outcome) { return html`<section class="answer none" aria-live="assertive"><p class="word">${w.ready}</p></section>`; }
  return html`<section class=${`answer ${outcome.kind}`} aria-live="assertive" data-no=${outcome.no}>
    ${SHAPES[outcome.kind]}
    <div><p class="word">${w.kinds[outcome.kind]}</p>
      ${outcome.place ? html`<p class="where">${outcome.place}</p>` : nothing}
      ${outcome.type ? html`<p>${outcome.type}</p>` : nothing}
      ${outcome.why ? html`<p>${outcome.why}</p>` : nothing}
      ${firstOf(outcome, timeZone)}
      ${outcome.byList && outcome.kind === 'in' ? html`<p>${w.byList}</p>` : nothing}
      <p class="code">${outcome.code}</p></div></section>`;
}

/** Whether the office answers, what holds meanwhile, and what it was told of afterwards.
 * @param {Doorway} door */
export function network(door) {
  const w = doorWords();
  const { unsent, list } = door;
  const doubles = unsent.told.filter(({ result }) => result === 'double');
  return html`
    ${door.online ? nothing : html`<div class="trouble offline" role="alert"><p><strong>${w.offline}</strong></p>
      <p>${list.fetchedAt === undefined ? w.noList : door.lenient ? w.lenient : w.strict}</p>
      ${list.fetchedAt === undefined ? nothing : html`<p>${w.listOf}: ${number(list.tickets.size)}, ${clock(new Date(list.fetchedAt).toISOString(), zone())}</p>`}</div>`}
    ${unsent.scans.length ? html`<p class="unsent" role="status">${w.unsent}: <strong>${number(unsent.scans.length)}</strong></p>` : nothing}
    ${unsent.sent ? html`<p class="sent" role="status">${w.sent}: ${number(unsent.sent)}</p>` : nothing}
    ${unsent.told.length ? html`<div class="trouble told" role="alert"><p><strong>${doubles.length ? w.doubles : w.notAllWell}</strong></p>
      <ul>${unsent.told.map(({ scan, result, first }) => html`<li><span class="code">${scan.code}</span> ${w.results[result]}; ${w.here}: ${clock(scan.scanned_at, zone())}${
        first ? html`; ${w.firstAt}: ${clock(first.checked_in_at, zone())}${first.gate ? `, ${w.gate}: ${first.gate}` : ''}` : nothing}</li>`)}</ul></div>` : nothing}`;
}

/** This device's own zone: it stands at the door. */
const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Who is in, in all and by gate.
 * @param {Doorway} door */
export function figures(door) {
  const w = doorWords();
  const { figures: shown } = door;
  if (!shown) { return nothing; }
  return html`<section class="card figures" aria-labelledby="figures"><h2 id="figures">${w.inside}</h2>
    <p class="large"><strong id="inside">${number(shown.checked_in)}</strong> / ${number(shown.tickets)}</p>
    <progress max=${Math.max(1, shown.tickets)} value=${shown.checked_in} aria-label=${w.inside}></progress>
    ${shown.gates.length ? html`<ul class="bill">${shown.gates.map(({ gate, checked_in: count }) => html`<li><span>${gate ?? w.noGate}</span> <span>${number(count)}</span></li>`)}</ul>` : nothing}
    ${shown.doubles ? html`<p class="missing">${w.doublesSoFar}: ${number(shown.doubles)}</p>` : nothing}</section>`;
}

/** The last answers.
 * @param {Doorway} door @param {(outcome: Outcome, event: SubmitEvent) => void} undo @param {string} timeZone */
export function past(door, undo, timeZone) {
  const w = doorWords();
  if (!door.past.length) { return nothing; }
  return html`<section class="card past" aria-labelledby="past"><h2 id="past">${w.past}</h2><ol reversed>${door.past.map((outcome) => html`
    <li value=${outcome.no}><span class=${`mark ${outcome.kind}`} aria-hidden="true"></span><strong>${w.kinds[outcome.kind]}</strong> ${outcome.place} <span class="hint">${outcome.code}</span>
      ${firstOf(outcome, timeZone)}
      ${outcome.undone ? html`<span class="hint">${w.undone}</span>` : outcome.checkIn || outcome.scan ? html`<details><summary>${w.undo}</summary>
        <form @submit=${(/** @type {SubmitEvent} */ event) => undo(outcome, event)}>
          <label>${w.reason}<input name="reason" required maxlength="200" list="reasons"></label><button>${w.undo}</button></form></details>` : nothing}</li>`)}</ol>
    <datalist id="reasons">${w.reasons.map((reason) => html`<option value=${reason}></option>`)}</datalist>
    <p class="hint">${w.undoHint}</p></section>`;
}
