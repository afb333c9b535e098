// Scanning: a code by camera, hardware scanner, photo or keyboard, and at once the answer: by colour, shape, word, tone and
// vibration. Undo, figures, and what is to be known of the network.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dateTime } from '../common/format.js';
import { play } from '../common/sound.js';
import { isUnkept } from '../common/worker.js';
import { fields, heading, loading, trouble } from '../buyer/screen.js';
import { doorWords } from '../words/door.js';
import { Camera, mayHaveCamera } from './camera.js';
import { Doorway } from './doorway.js';
import { evening, gate } from './evenings.js';
import { Eye } from './eye.js';
import { listen } from './hardware.js';
import { answer, figures, network, past } from './shown.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Outcome } from './doorway.js' */

/** Tones and pulses of each answer: frequencies; milliseconds. @type {Record<string, [number[], number, number[]]>} */
const FELT = { in: [[880, 1320], 0.09, [60]], again: [[440, 330, 440, 330], 0.12, [80, 60, 80]], no: [[220, 165], 0.3, [300]], held: [[330], 0.4, [40, 40, 40, 40, 40]] };

/** @param {Page} page @param {unknown} _venue @param {string} [performanceId] @returns {Screen} */
export function open(page, _venue, performanceId = '') {
  const here = evening();
  const eye = new Eye();
  const door = new Doorway(performanceId, gate(), { changed: page.redraw, answered });
  const camera = new Camera(eye, (text, seenAt) => void door.scan(text, seenAt), page.redraw);
  const deaf = listen((text) => void door.scan(text));
  /** Of the photo: no code in it. */
  let blank = false;
  let reading = false;
  /** @type {Awaited<ReturnType<WakeLock['request']>> | undefined} */
  let awake;

  /** @param {Outcome} outcome @param {number} seenAt */
  function answered(outcome, seenAt) {
    const [tones, seconds, pulses] = FELT[outcome.kind] ?? [[], 0, []];
    play(tones, seconds);
    navigator.vibrate?.(pulses);
    blank = false;
    page.redraw();
    // Where it takes long, the browser's own tools show it.
    requestAnimationFrame(() => performance.measure('scan', { start: seenAt }));
  }

  /** The screen stays on while somebody scans. */
  async function stayAwake() {
    if (document.hidden) { return; }
    awake = await navigator.wakeLock?.request('screen').catch(() => undefined);
  }
  const seen = () => {
    void stayAwake();
    if (!document.hidden) { void door.look(); }
  };
  document.addEventListener('visibilitychange', seen);
  const back = () => void door.look();
  window.addEventListener('online', back);
  document.addEventListener('unkept', page.redraw);
  void stayAwake();
  void door.open().then(page.redraw);
  if (!here || here.performance !== performanceId) { page.turn('#/evenings'); }

  /** @param {SubmitEvent} event */
  function typed(event) {
    const text = fields(event)['code'] ?? '';
    /** @type {HTMLFormElement} */ (event.target).reset();
    if (text.trim()) { void door.scan(text); }
  }

  /** @param {Event} event */
  async function photo(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const [file] = input.files ?? [];
    if (!file || reading) { return; }
    [reading, blank] = [true, false];
    page.redraw();
    const text = await eye.photo(file).catch(() => undefined);
    [reading, blank] = [false, text === undefined];
    input.value = '';
    text === undefined ? page.redraw() : void door.scan(text);
  }

  /** @param {Outcome} outcome @param {SubmitEvent} event */
  async function undo(outcome, event) {
    const reason = fields(event)['reason']?.trim() ?? '';
    if (!reason) { return; }
    door.problem = await door.undo(outcome, reason);
    page.say(door.problem ? '' : doorWords().undone);
    page.redraw();
  }

  return {
    title: () => doorWords().door,
    close() {
      document.removeEventListener('visibilitychange', seen);
      window.removeEventListener('online', back);
      deaf();
      door.close();
      camera.stop();
      eye.close();
      void awake?.release();
    },
    view: () => {
      const w = doorWords();
      return html`${heading(here?.title ?? w.door)}
        <p>${here ? dateTime(here.startsAt, here.timeZone) : nothing}${door.gate ? html`, ${w.gate}: <strong>${door.gate}</strong>` : nothing}
          <a href="#/evenings">${w.change}</a></p>
        ${network(door)}
        ${trouble(door.problem)}
        ${answer(door.past[0], here?.timeZone ?? 'UTC')}
        ${isUnkept() ? html`<p class="card">${w.unkept}</p>` : nothing}
        ${eyeOf(camera)}
        <form class="card typed" @submit=${typed}>
          <label>${w.typed}<input name="code" maxlength="120" autocomplete="off" autocapitalize="characters" autocorrect="off" spellcheck="false" enterkeyhint="go"></label>
          <button>${w.check}</button></form>
        <div class="card"><label>${w.photo}<input type="file" accept="image/*" capture="environment" ?disabled=${reading} @change=${photo}></label>
          ${reading ? loading() : nothing}${blank ? html`<p class="trouble" role="alert">${w.noCodeInPhoto}</p>` : nothing}</div>
        <p class="hint">${w.scanner}</p>
        ${figures(door)}
        ${past(door, undo, here?.timeZone ?? 'UTC')}`;
    },
  };
}

/** @param {Camera} camera */
function eyeOf(camera) {
  const w = doorWords();
  if (!mayHaveCamera()) { return html`<p class="card">${w.withoutTls}</p>`; }
  if (camera.state === 'on') {
    return html`<div class="eye">${camera.video}</div><p class="act">
      <button type="button" @click=${() => camera.stop()}>${w.cameraOff}</button>
      ${camera.cameras.length > 1 ? html`<button type="button" @click=${() => void camera.another()}>${w.otherCamera}</button>` : nothing}</p>`;
  }
  const why = camera.state === 'denied' ? w.cameraDenied : camera.state === 'missing' ? w.cameraMissing : '';
  return html`${why ? html`<p class="trouble" role="alert">${why}</p>` : nothing}
    <p class="act"><button type="button" class="main" ?disabled=${camera.state === 'starting'} @click=${() => void camera.start()}>${w.cameraOn}</button></p>`;
}
