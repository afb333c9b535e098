// Checking the draw: the seed fits the hash that was published before, and one's own number follows from it. The page
// computes it; it trusts nothing that the office says of the order.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call } from '../common/api.js';
import { number } from '../common/format.js';
import { words } from '../words/index.js';
import { heading, loading, retry } from './screen.js';
import { visitOf } from './visit.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */
/** @typedef {{ entries: number, seedFits: boolean, orderFits: boolean | undefined, mine: number | undefined }} Finding */

/** @param {string} hex */
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
/** @param {ArrayBuffer} buffer */
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The entry that a token names.
 * @param {string} [token] */
function entryOf(token) {
  try { return JSON.parse(atob((token?.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'))).jti; } catch { return undefined; }
}

/** @param {Page} page @param {Schemas['VenueView']} _venue @param {string} [id] @returns {Screen} */
export function open(page, _venue, id = '') {
  /** @type {Problem | undefined} */
  let problem;
  /** @type {Finding | undefined} */
  let found;
  let closed = false;
  const canCompute = Boolean(globalThis.crypto?.subtle);

  async function check() {
    problem = undefined;
    const all = await everyone(id, () => closed);
    if (closed) { return; }
    if ('problem' in all) { problem = all.problem; } else if (canCompute) {
      const key = await crypto.subtle.importKey('raw', bytes(all.seed), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
      const seedFits = hex(await crypto.subtle.digest('SHA-256', bytes(all.seed))) === all.seedHash;
      const drawn = await Promise.all(all.entries.map(async (entry) => ({
        ...entry, by: hex(await crypto.subtle.sign('HMAC', key, bytes(entry.id.replace(/-/g, '')))),
      })));
      const numbered = drawn.filter((entry) => entry.number > 0);
      numbered.sort((a, b) => a.tier - b.tier || (a.by < b.by ? -1 : 1));
      // Of a list that was folded nothing is left to be put in order.
      const orderFits = all.folded ? undefined
        : numbered.every((entry, at) => at === 0 || (numbered[at - 1]?.number ?? 0) < entry.number);
      const mine = drawn.find((entry) => entry.id === entryOf(visitOf(id).token))?.number;
      found = { entries: all.count, seedFits, orderFits, mine };
    }
    page.redraw();
  }
  void check();

  return {
    title: () => words().checkDraw,
    close() { closed = true; },
    view: () => {
      const w = words();
      return html`${heading(w.checkDraw)}<p>${w.drawHow}</p>
        ${problem ? retry(problem, () => void check()) : nothing}
        ${canCompute ? nothing : html`<p class="trouble">${w.drawNeedsTls}</p>`}
        ${found ? html`<ul class="card">
          <li>${w.drawEntries}: ${number(found.entries)}</li>
          <li>${w.drawSeed}: ${found.seedFits ? w.fits : w.fitsNot}</li>
          <li>${found.orderFits === undefined ? w.drawFolded
            : html`${w.drawOrder}: ${found.orderFits ? w.fits : w.fitsNot}`}</li>
          ${found.mine ? html`<li>${w.yourNumber}: ${number(found.mine)}</li>` : nothing}</ul>`
        : problem || !canCompute ? nothing : loading()}
        <p><a href="#/wait/${id}">${w.backToPlace}</a></p>`;
    },
  };
}

/** All who took part.
 * @param {string} id @param {() => boolean} stop */
async function everyone(id, stop) {
  /** @type {Schemas['DrawnView']['entries']} */
  const entries = [];
  /** @type {number | undefined} */
  let cursor;
  for (;;) {
    const query = cursor === undefined ? {} : { cursor };
    const asked = await call('get', '/v1/concerts/{concert_id}/queue/draw', { params: { concert_id: id }, query });
    if (!asked.ok) { return { problem: asked.problem }; }
    entries.push(...asked.data.entries);
    cursor = asked.data.next_cursor;
    if (cursor === undefined || stop()) {
      const { seed, seed_hash: seedHash, drawn_count: count, folded_at: foldedAt } = asked.data;
      return { entries, seed, seedHash, count, folded: foldedAt !== undefined };
    }
  }
}
