// The hall as buyers will see it, on their own map: everything is free, and nothing costs anything.

import { html } from '../vendor/lit-html/lit-html.js';
import '../seat-map/seat-map.js';
import { Seats } from '../seat-map/model.js';
import { editorWords } from '../words/editor.js';

/** @import { Schemas } from '../../types/client.js' */
/** @import { Hall, Point } from './hall.js' */

/** The plan that the office would make of it.
 * @param {Hall} hall @returns {Schemas['PlanView']} */
function planOf(hall) {
  const round = (/** @type {Point} */ { x, y }) => ({ x: Math.round(x), y: Math.round(y) });
  const steps = (/** @type {number[]} */ lengths) => lengths.map((at, place) => at - (place ? lengths[place - 1] ?? 0 : 0));
  const rows = hall.rows.map((row) => {
    const at = row.seats.map(round);
    return {
      section: row.section, row: row.name, grade: row.grade, labels: row.seats.map(({ label }) => label), x: steps(at.map(({ x }) => x)), y: steps(at.map(({ y }) => y)),
      special: row.seats.flatMap(({ kind, grade }, seat) => (kind === 'standard' && !grade ? [] : [{ seat, kind, ...(grade ? { grade } : {}) }])),
    };
  });
  const seated = [...new Set(hall.rows.map(({ section }) => section))].map((name) => ({
    name, kind: /** @type {const} */ ('seated'), capacity: hall.rows.reduce((sum, row) => sum + (row.section === name ? row.seats.length : 0), 0),
  }));
  const standing = hall.areas.map(({ name, capacity, grade, outline }) => ({ name, kind: /** @type {const} */ ('standing'), capacity, grade, outline: outline.map(round) }));
  return {
    plan: 'preview', seats: rows.reduce((sum, { labels }) => sum + labels.length, 0), floors: [...hall.floors], stage: hall.stage.map(round), focal: round(hall.focal ?? { x: 0, y: 0 }),
    colors: hall.colors, signs: hall.signs.map(({ text, size, ...at }) => ({ text, size, ...round(at) })), sections: [...seated, ...standing], rows,
  };
}

/** What was made of the last hall that was shown. @type {{ hall: Hall, seats: Seats } | undefined} */
let made;

/** @param {Hall} hall */
export function buyersView(hall) {
  if (made?.hall !== hall) {
    const plan = planOf(hall);
    const states = { performance_id: '', plan: plan.plan, version: 0, seat_id_prefix: 'preview-', states: 'a'.repeat(plan.seats), standing: [] };
    made = { hall, seats: new Seats(plan, states, new Map()) };
  }
  return html`<section class="preview" aria-label=${editorWords().asBuyersSee}><p class="hint">${editorWords().asBuyersSee}</p>
    <seat-map .seats=${made.seats}></seat-map></section>`;
}
