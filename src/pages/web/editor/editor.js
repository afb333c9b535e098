// The hall editor: what is chosen, what is done with it, and keeping it at the office. The mouse draws, chooses and moves; all of it
// goes by keys too. In a hall that is kept already nothing loses its name unless that is allowed: tickets are moved to a newer version by
// section, row and label.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { number } from '../common/format.js';
import { newKey } from '../common/api.js';
import { ask } from '../staff/session.js';
import { editorWords } from '../words/editor.js';
import { words } from '../words/index.js';
import { heading, loading, retry, trouble } from '../buyer/screen.js';
import { faults } from './check.js';
import { PITCH, SEAT, area, block, changeSeats, emptyHall, fromPlan, gradesOf, middleOf, numbers, rowName, seatCount, table, toRequest } from './hall.js';
import { HallCanvas } from './hall-canvas.js';
import { History } from './history.js';
import { buyersView } from './buyers-view.js';
import { panels } from './panels.js';
import { cornerMoved, outlineOf, reshaped } from './shapes.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */
/** @import { At, Hall, Seat } from './hall.js' */
/** @import { Chosen } from './hall-canvas.js' */

/** An arrow moves by so many centimetres; with Shift by a seat. */
const NUDGE = 5;

export class Editor {
  /** @type {History | undefined} */ history;
  /** @type {Chosen} */ chosen = new Map();
  /** @type {Problem | undefined} */ problem;
  /** @type {import('./check.js').Fault[]} */ faults = [];
  /** Whether names may be lost in a hall that is kept. */ unlocked = false;
  /** @type {{ image: ImageBitmap, width: number } | undefined} */ traced;
  /** The outline that is reshaped. @type {import('./shapes.js').Shape | undefined} */ shape;
  /** Whether the hall is shown as buyers will see it. */ previewed = false;
  busy = false;
  saved = true;
  #version = '';
  #key = newKey();

  /** @param {Page} page @param {string} id `new` for one that is not kept yet */
  constructor(page, id) {
    this.page = page;
    this.id = id;
  }

  get isKept() { return this.id !== 'new'; }
  get hall() { return this.history?.now ?? emptyHall(); }
  get canvas() { return /** @type {HallCanvas | null} */ (document.querySelector('hall-canvas')); }
  get count() { return [...this.chosen.values()].reduce((sum, places) => sum + places.size, 0); }

  async load() {
    if (!this.isKept) {
      this.history = new History(emptyHall());
      return this.page.redraw();
    }
    const params = { hall_id: this.id };
    const [said, plan] = await Promise.all([ask('get', '/v1/operator/halls/{hall_id}', { params }), ask('get', '/v1/operator/halls/{hall_id}/plan', { params })]);
    if (!said.ok || !plan.ok) { this.problem = said.ok ? (plan.ok ? undefined : plan.problem) : said.problem; } else {
      this.#version = said.etag ?? '';
      this.history = new History(fromPlan(said.data.hall, plan.data));
    }
    this.page.redraw();
  }

  /** Goes on to another hall.
   * @param {Hall} hall @param {Chosen} [chosen] what is chosen then @param {string} [said] */
  step(hall, chosen = this.chosen, said = '') {
    this.history?.step(hall);
    [this.chosen, this.saved] = [chosen, false];
    if (said) { this.page.say(said); }
    this.page.redraw();
  }

  /** @param {Chosen} chosen @param {boolean} [add] to what is chosen already */
  choose(chosen, add = false) {
    if (add) {
      const both = new Map([...this.chosen].map(([row, places]) => [row, new Set(places)]));
      for (const [row, places] of chosen) { both.set(row, new Set([...both.get(row) ?? [], ...places])); }
      this.chosen = both;
    } else { this.chosen = chosen; }
    this.page.say(this.said());
    this.page.redraw();
  }

  /** What is chosen, in words. */
  said() {
    const w = editorWords();
    const [first] = [...this.chosen.keys()];
    const row = first === undefined ? undefined : this.hall.rows[first];
    if (!row || first === undefined) { return w.nothingChosen; }
    const places = [...this.chosen.get(first) ?? []];
    if (this.chosen.size === 1 && places.length === 1) { return `${words().seat(row.section, row.name, row.seats[places[0] ?? 0]?.label ?? '')}, ${row.grade}`; }
    return this.chosen.size === 1 ? `${row.section} ${words().row(row.name)}: ${w.seats(places.length)}` : `${w.rows(this.chosen.size)}, ${w.seats(this.count)}`;
  }

  /** Goes on with an outline, or with none.
   * @param {import('./shapes.js').Shape | undefined} shape */
  reshape(shape) {
    this.shape = shape;
    this.page.redraw();
  }

  /** Every seat, or those of one row. @param {number} [row] @returns {Chosen} */
  all(row) {
    const rows = row === undefined ? this.hall.rows.map((_, at) => at) : [row];
    return new Map(rows.map((at) => [at, new Set(this.hall.rows[at]?.seats.keys() ?? [])]));
  }

  /** @param {(seat: Seat) => Seat | undefined} change @param {string} [said] */
  change(change, said = '') { this.step(changeSeats(this.hall, this.chosen, change), this.chosen, said); }

  /** @param {number} x @param {number} y in centimetres */
  move(x, y) { this.change((seat) => ({ ...seat, x: seat.x + x, y: seat.y + y })); }

  /** @param {number} degrees clockwise */
  turn(degrees) {
    const { x, y } = middleOf(this.hall, this.chosen);
    const [sin, cos] = [Math.sin(degrees * Math.PI / 180), Math.cos(degrees * Math.PI / 180)];
    this.change((seat) => ({ ...seat, x: x + (seat.x - x) * cos - (seat.y - y) * sin, y: y + (seat.x - x) * sin + (seat.y - y) * cos }));
  }

  /** All on one line across, or evenly apart on it.
   * @param {'across' | 'apart'} how */
  align(how) {
    let hall = this.hall;
    for (const [at, places] of this.chosen) {
      const row = hall.rows[at];
      if (!row) { continue; }
      const seats = [...places].flatMap((place) => row.seats[place] ?? []);
      const [left, y] = [Math.min(...seats.map(({ x }) => x)), seats.reduce((sum, seat) => sum + seat.y, 0) / seats.length];
      let next = 0;
      hall = changeSeats(hall, new Map([[at, places]]), (seat) => (how === 'across' ? { ...seat, y } : { ...seat, x: left + SEAT * next++, y }));
    }
    this.step(hall);
  }

  /** Bends the chosen rows about a point before them.
   * @param {number} radius of the first, in centimetres */
  bend(radius) {
    const rows = [...this.chosen.keys()].sort((a, b) => a - b);
    const front = Math.min(...rows.flatMap((row) => this.hall.rows[row]?.seats.map(({ y }) => y) ?? []));
    const middle = middleOf(this.hall, this.chosen).x;
    this.change((seat) => {
      const far = radius + seat.y - front;
      const angle = (seat.x - middle) / far;
      return { ...seat, x: middle + far * Math.sin(angle), y: front + far * Math.cos(angle) - radius };
    });
  }

  /** The same once more, behind all there is. */
  duplicate() {
    const hall = this.hall;
    let [front, back] = [Infinity, -Infinity];
    hall.rows.forEach((row, at) => row.seats.forEach(({ y }) => {
      back = Math.max(back, y);
      if (this.chosen.has(at)) { front = Math.min(front, y); }
    }));
    const behind = back - front + PITCH;
    const copies = [...this.chosen].flatMap(([at, places]) => {
      const row = hall.rows[at];
      if (!row) { return []; }
      const seats = row.seats.filter((_, place) => places.has(place)).map((seat) => ({ ...seat, y: seat.y + behind }));
      return [{ ...row, name: this.freeName(row.section), seats }];
    });
    // Each copy takes a name of its own.
    const named = copies.map((row, at) => ({ ...row, name: this.freeName(row.section, at) }));
    this.step({ ...hall, rows: [...hall.rows, ...named] }, new Map(named.map((row, at) => [hall.rows.length + at, new Set(row.seats.keys())])), editorWords().made);
  }

  /** The first row name of a section that is free, or a later one. @param {string} section @param {number} [skip] */
  freeName(section, skip = 0) {
    const taken = new Set(this.hall.rows.filter((row) => row.section === section).map(({ name }) => name));
    for (let at = 0; ; at++) {
      const name = rowName(at);
      if (!taken.has(name) && skip-- <= 0) { return name; }
    }
  }

  /** Takes away what is chosen. In a hall that is kept only where that was allowed. */
  remove() {
    if (this.isKept && !this.unlocked) { return this.page.say(editorWords().locked); }
    this.step(changeSeats(this.hall, this.chosen, () => undefined), new Map(), editorWords().removed);
  }

  /** @param {{ kind: 'block' | 'row' | 'table' | 'area', section: string, grade: string, rows: number, seats: number, curve: number }} what */
  add({ kind, section, grade, rows, seats, curve }) {
    const hall = this.hall;
    const { x, y } = this.canvas?.middle ?? { x: 0, y: 0 };
    const at = { x: Math.round(x), y: Math.round(y) };
    if (kind === 'area') {
      return this.step({ ...hall, areas: [...hall.areas, area({ name: section, grade, capacity: seats, ...at })] }, new Map(), editorWords().made);
    }
    const firstRow = hall.rows.filter((row) => row.section === section).length;
    const made = kind === 'table' ? [table({ section, grade, name: this.freeName(section), seats, ...at })]
      : block({ section, grade, rows: kind === 'row' ? 1 : rows, seats, curve, firstRow, ...at });
    this.step({ ...hall, rows: [...hall.rows, ...made] }, new Map(made.map((row, place) => [hall.rows.length + place, new Set(row.seats.keys())])), editorWords().made);
  }

  /** Numbers the chosen rows anew, as they stand from left to right.
   * @param {'right' | 'left' | 'odd' | 'even' | 'middle'} scheme @param {number} first */
  number(scheme, first) {
    const rows = this.hall.rows.map((row, at) => {
      if (!this.chosen.has(at)) { return row; }
      const order = [...row.seats.keys()].sort((a, b) => (row.seats[a]?.x ?? 0) - (row.seats[b]?.x ?? 0));
      const labels = numbers(order.length, scheme, first);
      const seats = [...row.seats];
      order.forEach((place, rank) => { seats[place] = { .../** @type {Seat} */ (row.seats[place]), label: labels[rank] ?? '' }; });
      return { ...row, seats };
    });
    this.step({ ...this.hall, rows });
  }

  /** Names the chosen rows anew, from the front to the back. @param {boolean} skip I and O @param {string} section */
  nameRows(skip, section) {
    const order = [...this.chosen.keys()].sort((a, b) => (this.hall.rows[a]?.seats[0]?.y ?? 0) - (this.hall.rows[b]?.seats[0]?.y ?? 0));
    const rows = this.hall.rows.map((row, at) => (this.chosen.has(at) ? { ...row, name: rowName(order.indexOf(at), skip), section: section || row.section } : row));
    this.step({ ...this.hall, rows });
  }

  /** @param {string} grade */
  grade(grade) {
    let hall = this.hall;
    for (const [at, places] of this.chosen) {
      const row = hall.rows[at];
      if (!row) { continue; }
      if (places.size === row.seats.length) {
        const rows = [...hall.rows];
        rows[at] = { ...row, grade, seats: row.seats.map(({ grade: _, ...seat }) => seat) };
        hall = { ...hall, rows };
      } else { hall = changeSeats(hall, new Map([[at, places]]), (seat) => ({ ...seat, grade })); }
    }
    this.step(hall);
  }

  undo() {
    this.history?.undo();
    [this.chosen, this.saved] = [new Map(), false];
    this.page.redraw();
  }

  redo() {
    this.history?.redo();
    [this.chosen, this.saved] = [new Map(), false];
    this.page.redraw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const held = event.ctrlKey || event.metaKey;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const by = event.shiftKey ? SEAT : NUDGE;
    if (held && event.key === 'z') { event.shiftKey ? this.redo() : this.undo(); }
    else if (held && (event.key === 'y' || event.key === 'Z')) { this.redo(); }
    else if (held && event.key === 'a') { this.choose(this.all()); }
    else if (held && event.key === 'd') { this.duplicate(); }
    else if (event.key === 'Escape') { this.choose(new Map()); }
    else if (event.key === 'Delete' || event.key === 'Backspace') { this.remove(); }
    else if (event.key === 'PageDown' || event.key === 'PageUp') { this.#nextRow(event.key === 'PageDown' ? 1 : -1); }
    else if (step && event.altKey) { this.#nextSeat(step[0] ?? 0); }
    else if (step && this.count) { this.move((step[0] ?? 0) * by, (step[1] ?? 0) * by); }
    else if (event.key === '+' || event.key === '-') { this.canvas?.zoom(event.key === '+' ? 1.3 : 1 / 1.3); }
    else if (event.key === '0') { this.canvas?.fit(); }
    else { return; }
    event.preventDefault();
  }

  /** @param {number} by */
  #nextRow(by) {
    const { rows } = this.hall;
    if (!rows.length) { return; }
    const at = ([...this.chosen.keys()].at(-1) ?? (by > 0 ? -1 : 0)) + by;
    this.choose(this.all((at + rows.length) % rows.length));
  }

  /** @param {number} by */
  #nextSeat(by) {
    const row = [...this.chosen.keys()].at(-1);
    const seats = row === undefined ? 0 : this.hall.rows[row]?.seats.length ?? 0;
    if (row === undefined || !seats) { return; }
    const places = [...this.chosen.get(row) ?? []];
    const from = places.length === 1 ? places[0] ?? 0 : by > 0 ? -1 : 0;
    this.choose(new Map([[row, new Set([(from + by + seats) % seats])]]));
  }

  /** Looks at it, and keeps it if nothing is wrong. */
  async save() {
    this.faults = faults(this.hall);
    if (this.faults.length || this.busy) { return this.page.redraw(); }
    this.busy = true;
    this.page.redraw();
    const body = toRequest(this.hall);
    const asked = this.isKept ? await ask('put', '/v1/operator/halls/{hall_id}', { params: { hall_id: this.id }, body, match: this.#version })
      : await ask('post', '/v1/operator/halls', { body, key: this.#key });
    this.busy = false;
    this.problem = asked.ok ? undefined : asked.problem;
    if (asked.ok) {
      this.saved = true;
      this.#version = asked.etag ?? this.#version;
      this.#key = newKey();
      this.page.say(editorWords().kept);
      if (!this.isKept) {
        this.id = asked.data.id;
        history.replaceState(history.state, '', `#/hall/${this.id}`);
      }
    }
    this.page.redraw();
  }
}

/** @param {Page} page @param {Schemas['VenueView']} _venue @param {string} [id] @returns {Screen} */
export function open(page, _venue, id = 'new') {
  const editor = new Editor(page, id);
  const leaving = (/** @type {BeforeUnloadEvent} */ event) => { if (!editor.saved) { event.preventDefault(); } };
  window.addEventListener('beforeunload', leaving);
  void editor.load();
  return {
    title: () => editor.hall.name || editorWords().editor,
    wide: true,
    close: () => window.removeEventListener('beforeunload', leaving),
    view: () => {
      const w = editorWords();
      if (!editor.history) { return editor.problem ? retry(editor.problem, () => void editor.load()) : html`${heading(w.editor)}${loading()}`; }
      const { hall } = editor;
      return html`${heading(hall.name || w.newHall)}
        ${trouble(editor.problem, editor.problem?.detail ? html`<p>${editor.problem.detail}</p>` : nothing)}
        <p class="hint">${w.seats(seatCount(hall))}, ${w.rows(hall.rows.length)}, ${words().grade}: ${gradesOf(hall).join(', ')} ${editor.saved ? nothing : html`<strong>${w.unsaved}</strong>`}</p>
        <div class="editor"><div @keydown=${(/** @type {KeyboardEvent} */ event) => editor.key(event)}>
          ${editor.previewed ? buyersView(hall) : nothing}
          <hall-canvas ?hidden=${editor.previewed} label=${w.canvasLabel} stage=${words().stage} .hall=${hall} .chosen=${editor.chosen} .traced=${editor.traced} .outline=${editor.shape === undefined ? undefined : outlineOf(hall, editor.shape)}
            @corner=${(/** @type {CustomEvent<{ at: number, to: import('./hall.js').Point }>} */ { detail }) => {
              if (editor.shape !== undefined) { editor.step(reshaped(hall, editor.shape, cornerMoved(outlineOf(hall, editor.shape), detail.at, detail.to))); }
            }}
            @chosen=${(/** @type {CustomEvent<{ chosen: Chosen, add: boolean }>} */ { detail }) => editor.choose(detail.chosen, detail.add)}
            @moved=${(/** @type {CustomEvent<{ x: number, y: number }>} */ { detail }) => editor.move(detail.x, detail.y)}></hall-canvas>
          <p class="hint" id="chosen">${editor.said()}</p></div>
          ${panels(editor)}</div>
        ${editor.faults.length ? html`<section class="needs" role="alert" aria-label=${w.wrong}><h2>${w.wrong}: ${number(editor.faults.length)}</h2>
          <ul>${editor.faults.map((fault) => html`<li>${w.rules[fault.rule]} ${fault.where} ${fault.at ? html`<button type="button" class="plain" @click=${() => {
            const { row, seat } = /** @type {At} */ (fault.at);
            editor.choose(new Map([[row, new Set([seat])]]));
          }}>${w.show}</button>` : nothing}</li>`)}</ul></section>` : nothing}`;
    },
  };
}
