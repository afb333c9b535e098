// What is written in a hall: doors, bars, what is behind a wall. Each is placed by where its middle is.

import { html } from '../vendor/lit-html/lit-html.js';
import { editorWords } from '../words/editor.js';
import { fields } from '../buyer/screen.js';

/** @import { Editor } from './editor.js' */
/** @import { Sign } from './hall.js' */

/** Letters are so high, in centimetres, where nobody says otherwise. */
const SIZE = 60;

/** @param {number} length in centimetres */
const metres = (length) => String(Math.round(length) / 100);

/** @param {Editor} editor */
export function signs(editor) {
  const w = editorWords();
  const { hall } = editor;
  const set = (/** @type {readonly Sign[]} */ next) => editor.step({ ...hall, signs: next });
  const moved = (/** @type {number} */ at, /** @type {Partial<Sign>} */ part) => set(hall.signs.map((sign, other) => (other === at ? { ...sign, ...part } : sign)));
  const number = (/** @type {Event} */ event) => Math.round(Number(/** @type {HTMLInputElement} */ (event.target).value) * 100);
  return html`<details class="card"><summary><h2>${w.signs}</h2></summary>
    <ol class="corners">${hall.signs.map((sign, at) => html`<li><strong>${sign.text}</strong>
      <label>x <input type="number" step="0.01" aria-label=${`${sign.text}: x`} .value=${metres(sign.x)} @change=${(/** @type {Event} */ event) => moved(at, { x: number(event) })}></label>
      <label>y <input type="number" step="0.01" aria-label=${`${sign.text}: y`} .value=${metres(sign.y)} @change=${(/** @type {Event} */ event) => moved(at, { y: number(event) })}></label>
      <button type="button" class="plain" aria-label=${`${w.remove}: ${sign.text}`} @click=${() => set(hall.signs.filter((_, other) => other !== at))}>${w.remove}</button></li>`)}</ol>
    <form class="columns" @submit=${(/** @type {SubmitEvent} */ event) => {
      const said = fields(event);
      const { x, y } = editor.canvas?.middle ?? { x: 0, y: 0 };
      set([...hall.signs, { text: (said['sign'] ?? '').trim(), x: Math.round(x), y: Math.round(y), size: Math.round(Number(said['high']) * 100) || SIZE }]);
      /** @type {HTMLFormElement} */ (event.target).reset();
    }}><label>${w.text}<input name="sign" required maxlength="100"></label>
      <label>${w.letters}<input name="high" type="number" min="0.05" max="10" step="0.05" value="0.6" required></label>
      <p class="act"><button>${w.addIt}</button></p></form></details>`;
}
