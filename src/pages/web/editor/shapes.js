// Outlines: the stage's and those of standing areas, corner by corner. What is changed is another hall; the panel goes by keys, the canvas
// drags the same corners.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { editorWords } from '../words/editor.js';
import { words } from '../words/index.js';
import { fields } from '../buyer/screen.js';
import { rectangle } from './hall.js';

/** @import { Editor } from './editor.js' */
/** @import { Hall, Point } from './hall.js' */

/** Which outline: the stage's, or that of the area of this number. @typedef {'stage' | number} Shape */

/** Fewer corners are no outline. */
const LEAST = 3;
/** More are taken for a mistake. */
const MOST = 64;

/** @param {Hall} hall @param {Shape} shape @returns {readonly Point[]} */
export const outlineOf = (hall, shape) => (shape === 'stage' ? hall.stage : hall.areas[shape]?.outline ?? []);

/** The hall with another outline.
 * @param {Hall} hall @param {Shape} shape @param {readonly Point[]} outline @returns {Hall} */
export function reshaped(hall, shape, outline) {
  if (shape === 'stage') { return { ...hall, stage: outline }; }
  return { ...hall, areas: hall.areas.map((area, at) => (at === shape ? { ...area, outline } : area)) };
}

/** With one corner elsewhere. @param {readonly Point[]} outline @param {number} at @param {Point} to */
export const cornerMoved = (outline, at, to) => outline.map((corner, other) => (other === at ? to : corner));

/** With one more corner, between this one and the next. @param {readonly Point[]} outline @param {number} at */
function cornerAdded(outline, at) {
  const [from, to] = [outline[at], outline[(at + 1) % outline.length]];
  if (!from || !to || outline.length >= MOST) { return outline; }
  return [...outline.slice(0, at + 1), { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }, ...outline.slice(at + 1)];
}

/** @param {readonly Point[]} outline */
function boxOf(outline) {
  const [xs, ys] = [outline.map(({ x }) => x), outline.map(({ y }) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top };
}

/** @param {Editor} editor */
export function shapes(editor) {
  const w = editorWords();
  const { hall, shape } = editor;
  const outline = shape === undefined ? [] : outlineOf(hall, shape);
  const set = (/** @type {readonly Point[]} */ next) => { if (shape !== undefined) { editor.step(reshaped(hall, shape, next)); } };
  const box = boxOf(outline);
  const metres = (/** @type {number} */ length) => String(Math.round(length) / 100);
  return html`<details class="card" ?open=${shape !== undefined} @toggle=${(/** @type {Event} */ event) => {
    const { open } = /** @type {HTMLDetailsElement} */ (event.target);
    if (open !== (editor.shape !== undefined)) { editor.reshape(open ? 'stage' : undefined); }
  }}><summary><h2>${w.outlines}</h2></summary><p class="hint">${w.outlinesText}</p>
    <label>${w.what}<select name="shape" @change=${(/** @type {Event} */ event) => {
      const { value } = /** @type {HTMLSelectElement} */ (event.target);
      editor.reshape(value === 'stage' ? 'stage' : Number(value));
    }}><option value="stage" ?selected=${shape === 'stage'}>${words().stage}</option>
      ${hall.areas.map((area, at) => html`<option value=${at} ?selected=${shape === at}>${area.name}</option>`)}</select></label>
    ${shape === undefined ? nothing : html`
      <form class="columns" @submit=${(/** @type {SubmitEvent} */ event) => {
        const said = fields(event);
        set(rectangle(Number(said['across']) * 100, Number(said['along']) * 100, Number(said['width']) * 100, Number(said['depth']) * 100));
      }}><label>${w.width}<input name="width" type="number" step="0.01" min="0.5" max="500" required .value=${metres(outline.length ? box.width : 900)}></label>
        <label>${w.depth}<input name="depth" type="number" step="0.01" min="0.5" max="500" required .value=${metres(outline.length ? box.height : 200)}></label>
        <label>${w.middleX}<input name="across" type="number" step="0.01" required .value=${metres(outline.length ? box.x : 0)}></label>
        <label>${w.middleY}<input name="along" type="number" step="0.01" required .value=${metres(outline.length ? box.y : -250)}></label>
        <p class="act"><button>${w.asRectangle}</button></p></form>
      <ol class="corners">${outline.map((corner, at) => html`<li><label>${w.corner} ${at + 1}: x <input type="number" step="0.01" .value=${metres(corner.x)} @change=${(/** @type {Event} */ event) =>
          set(cornerMoved(outline, at, { ...corner, x: Number(/** @type {HTMLInputElement} */ (event.target).value) * 100 }))}></label>
        <label>y <input type="number" step="0.01" aria-label=${`${w.corner} ${at + 1}: y`} .value=${metres(corner.y)} @change=${(/** @type {Event} */ event) =>
          set(cornerMoved(outline, at, { ...corner, y: Number(/** @type {HTMLInputElement} */ (event.target).value) * 100 }))}></label>
        <button type="button" class="plain" aria-label=${`${w.oneMore}: ${at + 1}`} @click=${() => set(cornerAdded(outline, at))}>+</button>
        <button type="button" class="plain" aria-label=${`${w.remove}: ${w.corner} ${at + 1}`} ?disabled=${outline.length <= LEAST} @click=${() => set(outline.filter((_, other) => other !== at))}>−</button></li>`)}</ol>
      <p class="act"><button type="button" @click=${() => editor.reshape(undefined)}>${w.outlineDone}</button></p>`}</details>`;
}
