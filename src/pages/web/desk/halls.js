// The halls: drawn anew, edited, read from a file of another program and written to one.

import { html } from '../vendor/lit-html/lit-html.js';
import { number } from '../common/format.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { editorWords } from '../words/editor.js';
import { words } from '../words/index.js';
import { heading } from '../buyer/screen.js';
import { Change } from './form.js';
import { Listed } from './list.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** @param {Page} page @returns {Screen} */
export function open(page) {
  const change = new Change(page);
  const list = new Listed(page, async (/** @type {string | undefined} */ cursor) => {
    const asked = await ask('get', '/v1/operator/halls', { query: cursor ? { cursor } : {} });
    return asked.ok ? { ok: true, items: asked.data.halls, next: asked.data.next_cursor } : asked;
  });

  /** @param {SubmitEvent} event */
  async function read(event) {
    event.preventDefault();
    const said = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const file = said.get('file');
    if (!(file instanceof File)) { return; }
    const name = String(said.get('name') ?? '').trim();
    const bytes = new Uint8Array(await file.arrayBuffer());
    const plan = json(new TextDecoder().decode(bytes));
    /** @type {Schemas['ImportRequest']} */
    const body = { ...(name ? { name } : {}), ...(plan ? { pretix: plan } : { csv: base64(bytes) }) };
    const done = await change.send(body, (key) => ask('post', '/v1/operator/hall-imports', { body, key }), deskWords().saved);
    if (done) { page.go(`#/hall/${done.data.id}`); }
  }

  /** @param {string} id @param {string} name @param {'csv' | 'pretix'} format */
  async function write(id, name, format) {
    const done = await change.send([id, format], () => ask('get', '/v1/operator/halls/{hall_id}/export', { params: { hall_id: id }, query: { format } }));
    if (!done) { return; }
    const text = format === 'csv' ? done.data.csv ?? '' : JSON.stringify(done.data.pretix, null, 1);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text]));
    link.download = `${name}.${format === 'csv' ? 'csv' : 'json'}`;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  /** @param {Schemas['HallSummaryView']} hall */
  const row = (hall) => html`<td><a href="#/hall/${hall.id}">${hall.name}</a></td><td class="money">${number(hall.seats)}</td><td class="money">${number(hall.version)}</td>
    <td><button type="button" aria-label=${`CSV: ${hall.name}`} @click=${() => void write(hall.id, hall.name, 'csv')}>CSV</button>
      <button type="button" aria-label=${`pretix: ${hall.name}`} @click=${() => void write(hall.id, hall.name, 'pretix')}>pretix</button></td>`;

  void list.load();
  return {
    title: () => deskWords().halls,
    wide: true,
    view: () => {
      const w = editorWords();
      return html`${heading(deskWords().halls)}${change.trouble()}<p class="act"><a class="button main" href="#/hall/new">${w.newHall}</a></p>
        ${list.table([deskWords().hall, w.seatCount, w.version, w.export], row)}
        <form class="card columns" @submit=${read}><h2>${w.import}</h2><p class="whole hint">${w.importText}</p>
          <label>${words().hallName}<input name="name" maxlength="100"></label>
          <label>${w.file}<input name="file" type="file" accept=".csv,.json,text/csv,application/json" required></label>
          <p class="act whole"><button class="main" ?disabled=${change.busy}>${w.import}</button></p></form>`;
    },
  };
}

/** @param {Uint8Array} bytes */
function base64(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) { text += String.fromCharCode(...bytes.subarray(at, at + 8192)); }
  return btoa(text);
}

/** What a file of a seating plan says; nothing for a file of another kind.
 * @param {string} text @returns {Record<string, unknown> | undefined} */
function json(text) {
  if (!text.trimStart().startsWith('{')) { return undefined; }
  try { return JSON.parse(text); } catch { return undefined; }
}
