// The editor's panels: the tools beside the hall. They only read what is typed and tell the editor.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { editorWords } from '../words/editor.js';
import { words } from '../words/index.js';
import { fields } from '../buyer/screen.js';
import { gradesOf } from './hall.js';
import { shapes } from './shapes.js';
import { signs } from './signs.js';

/** @import { Editor } from './editor.js' */
/** @import { Kind } from './hall.js' */

const KINDS = /** @type {const} */ (['standard', 'wheelchair', 'companion', 'restricted_view']);
const ADDED = /** @type {const} */ (['block', 'row', 'table', 'area']);
const SCHEMES = /** @type {const} */ (['right', 'left', 'odd', 'even', 'middle']);

/** @param {Editor} editor */
export function panels(editor) {
  return html`<div class="panels">${steps(editor)}${adding(editor)}${shapes(editor)}${signs(editor)}${editor.count ? chosen(editor) : nothing}${whole(editor)}</div>`;
}

/** @param {Editor} editor */
function steps(editor) {
  const w = editorWords();
  return html`<p class="act"><button type="button" class="main" ?disabled=${editor.busy || editor.saved} @click=${() => void editor.save()}>${w.keep}</button>
    <button type="button" ?disabled=${!editor.history?.canUndo} @click=${() => editor.undo()}>${w.undo}</button>
    <button type="button" ?disabled=${!editor.history?.canRedo} @click=${() => editor.redo()}>${w.redo}</button>
    <button type="button" @click=${() => editor.canvas?.zoom(1.3)} aria-label=${words().closer}>+</button>
    <button type="button" @click=${() => editor.canvas?.zoom(1 / 1.3)} aria-label=${words().further}>−</button>
    <button type="button" @click=${() => editor.canvas?.fit()}>${words().wholeHall}</button>
    <button type="button" aria-pressed=${editor.previewed} @click=${() => {
      editor.previewed = !editor.previewed;
      editor.page.redraw();
    }}>${w.asBuyersSee}</button></p>`;
}

/** @param {Editor} editor */
function adding(editor) {
  const w = editorWords();
  return html`<details class="card" ?open=${!editor.hall.rows.length}><summary><h2>${w.add}</h2></summary>
    <form @submit=${(/** @type {SubmitEvent} */ event) => {
      const said = fields(event);
      editor.add({
        kind: /** @type {typeof ADDED[number]} */ (said['kind']), section: said['section'] ?? '', grade: said['grade'] ?? '',
        rows: Number(said['rows']), seats: Number(said['seats']), curve: Number(said['curve'] || 0) * 100,
      });
    }}><div class="columns">
      <label>${w.what}<select name="kind">${ADDED.map((kind) => html`<option value=${kind}>${w.added[kind]}</option>`)}</select></label>
      <label>${words().section}<input name="section" required maxlength="100" value="1"></label>
      <label>${words().grade}<input name="grade" required maxlength="100" value="R" list="grades"></label>
      <label>${w.rowsHow}<input name="rows" type="number" min="1" max="200" value="10"></label>
      <label>${w.seatsHow}<input name="seats" type="number" min="1" max="20000" value="20"></label>
      <label>${w.radius}<input name="curve" type="number" min="0" max="500" value="0"></label></div>
      <datalist id="grades">${gradesOf(editor.hall).map((grade) => html`<option value=${grade}></option>`)}</datalist>
      <p class="act"><button>${w.addIt}</button></p></form></details>`;
}

/** @param {Editor} editor */
function chosen(editor) {
  const w = editorWords();
  const isLocked = editor.isKept && !editor.unlocked;
  return html`<section class="card" aria-labelledby="with"><h2 id="with">${w.withChosen}</h2>
    <p class="act"><button type="button" @click=${() => editor.duplicate()}>${w.duplicate}</button>
      <button type="button" @click=${() => editor.turn(15)}>${w.turn} 15°</button><button type="button" @click=${() => editor.turn(-15)}>${w.turn} −15°</button>
      <button type="button" @click=${() => editor.align('across')}>${w.straight}</button><button type="button" @click=${() => editor.align('apart')}>${w.evenly}</button>
      <button type="button" ?disabled=${isLocked} @click=${() => editor.remove()}>${w.remove}</button></p>
    <form class="columns" @submit=${(/** @type {SubmitEvent} */ event) => {
      const said = fields(event);
      if (said['grade']) { editor.grade(said['grade']); }
      if (said['kind']) { editor.change((seat) => ({ ...seat, kind: /** @type {Kind} */ (said['kind']) })); }
    }}><label>${words().grade}<input name="grade" maxlength="100" list="grades"></label>
      <label>${w.kind}<select name="kind"><option value="">–</option>${KINDS.map((kind) => html`<option value=${kind}>${words().seatKinds[kind]}</option>`)}</select></label>
      <p class="act"><button>${w.apply}</button></p></form>
    <form class="columns" @submit=${(/** @type {SubmitEvent} */ event) => {
      const said = fields(event);
      editor.number(/** @type {typeof SCHEMES[number]} */ (said['scheme']), Number(said['first'] || 1));
    }}><label>${w.numbering}<select name="scheme" ?disabled=${isLocked}>${SCHEMES.map((scheme) => html`<option value=${scheme}>${w.schemes[scheme]}</option>`)}</select></label>
      <label>${w.first}<input name="first" type="number" min="0" max="9999" value="1" ?disabled=${isLocked}></label>
      <p class="act"><button ?disabled=${isLocked}>${w.numberThem}</button></p></form>
    <form class="columns" @submit=${(/** @type {SubmitEvent} */ event) => {
      const said = fields(event);
      editor.nameRows(Boolean(said['skip']), said['section'] ?? '');
    }}><label>${words().section} (${w.ifOther})<input name="section" maxlength="100" ?disabled=${isLocked}></label>
      <label class="choice"><input name="skip" type="checkbox" ?disabled=${isLocked}><span>${w.skip}</span></label>
      <p class="act"><button ?disabled=${isLocked}>${w.nameRows}</button></p></form>
    <form class="columns" @submit=${(/** @type {SubmitEvent} */ event) => editor.bend(Number(fields(event)['radius']) * 100)}>
      <label>${w.radius}<input name="radius" type="number" min="3" max="500" value="15" required></label><p class="act"><button>${w.bend}</button></p></form></section>`;
}

/** @param {Editor} editor */
function whole(editor) {
  const w = editorWords();
  const { hall } = editor;
  return html`<section class="card" aria-labelledby="hall"><h2 id="hall">${w.hall}</h2>
    <label>${words().hallName}<input name="hall" required maxlength="100" .value=${hall.name} @change=${(/** @type {Event} */ event) =>
      editor.step({ ...hall, name: /** @type {HTMLInputElement} */ (event.target).value })}></label>
    ${editor.isKept ? html`<label class="choice"><input type="checkbox" .checked=${editor.unlocked} @change=${() => {
      editor.unlocked = !editor.unlocked;
      editor.page.redraw();
    }}><span>${w.unlock} <span class="hint">${w.unlockText}</span></span></label>` : nothing}
    ${hall.areas.length ? html`<ul class="sessions">${hall.areas.map((one, at) => html`<li>${one.name}: ${one.capacity}, ${one.grade}
      <button type="button" class="plain" aria-label=${`${w.remove}: ${one.name}`} ?disabled=${editor.isKept && !editor.unlocked}
        @click=${() => editor.step({ ...hall, areas: hall.areas.filter((_, other) => other !== at) })}>${w.remove}</button></li>`)}</ul>` : nothing}
    <label>${w.trace}<input type="file" accept="image/*" @change=${async (/** @type {Event} */ event) => {
      const file = /** @type {HTMLInputElement} */ (event.target).files?.[0];
      if (!file) { return; }
      editor.traced = { image: await createImageBitmap(file), width: editor.traced?.width ?? 3000 };
      editor.page.redraw();
    }}></label>
    ${editor.traced ? html`<label>${w.traceWidth}<input type="number" min="1" max="500" .value=${String(editor.traced.width / 100)} @change=${(/** @type {Event} */ event) => {
      if (editor.traced) { editor.traced = { ...editor.traced, width: Math.max(100, Number(/** @type {HTMLInputElement} */ (event.target).value) * 100) }; }
      editor.page.redraw();
    }}></label>` : nothing}</section>`;
}
