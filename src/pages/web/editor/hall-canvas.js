// <hall-canvas>: the hall as it is edited, on two canvases: what lies still below, what is chosen above. Dragging moves the upper one
// and draws nothing, so that ten thousand seats follow the hand; the hall itself changes once, when they are let go.

import { colours, gradeColour } from '../seat-map/paint.js';
import { SEAT, gradesOf, seatCount } from './hall.js';
import { EVERYTHING, NOTHING, joined, withSeats } from './part.js';

/** @import { At, Hall, Point } from './hall.js' */
/** @import { Part } from './part.js' */
/** @typedef {Map<number, Set<number>>} Chosen places by row */

/** A hand that moved less than this, in CSS pixels, only pointed. */
const STILL = 5;
/** Above this scale, in CSS pixels a centimetre, what is written on seats is drawn. */
const CLOSE = 0.35;
const [LEAST, LARGEST] = [0.005, 2];
/** CSS pixels of a corner that can be dragged. */
const CORNER = 12;
/** So much is drawn on each side beyond what is seen, as a part of it: looking elsewhere moves what is drawn. */
const MARGIN = 0.2;

export class HallCanvas extends HTMLElement {
  /** @type {Hall | undefined} */ #hall;
  /** @type {Chosen} */ #chosen = new Map();
  /** @type {{ image: ImageBitmap, width: number } | undefined} */ #traced;
  /** @type {readonly Point[] | undefined} */ #outline;
  #look = colours();
  #view = { scale: 0.2, x: 0, y: 0, width: 0, height: 0 };
  /** CSS pixels of the canvases beyond what is seen, and where the view was when they were painted. */
  #edge = { x: 0, y: 0 };
  #drawn = { x: 0, y: 0, scale: 0 };
  #x = new Float32Array(0);
  #y = new Float32Array(0);
  #grade = new Uint8Array(0);
  #row = new Int32Array(0);
  #first = new Int32Array(0);
  #isChosen = new Uint8Array(0);
  #base = document.createElement('canvas');
  #top = document.createElement('canvas');
  #frame = document.createElement('div');
  /** The frame that a hand draws. */ #band = document.createElement('div');
  #asked = 0;
  /** What the next frame draws anew. */ #stale = EVERYTHING;
  /** @type {{ x: number, y: number, atX: number, atY: number, what: 'pan' | 'drag' | 'frame' | 'corner', corner: number, add: boolean, moved: boolean } | undefined} */ #hand;
  #size = new ResizeObserver(() => this.#resize());
  #whole = true;
  /** How many price levels there are. */ #grades = 1;
  /** What they are called. */ #levels = '';

  connectedCallback() {
    if (!this.#frame.isConnected) {
      this.#frame.tabIndex = 0;
      this.#frame.setAttribute('role', 'application');
      Object.assign(this.#band, { className: 'band', hidden: true });
      this.#frame.append(this.#base, this.#top, this.#band);
      this.append(this.#frame);
      this.#frame.addEventListener('pointerdown', (event) => this.#down(event));
      this.#frame.addEventListener('pointermove', (event) => this.#move(event));
      this.#frame.addEventListener('pointerup', (event) => this.#up(event));
      this.#frame.addEventListener('pointercancel', (event) => this.#up(event));
      this.#frame.addEventListener('wheel', (event) => {
        event.preventDefault();
        const { left, top } = this.#frame.getBoundingClientRect();
        this.zoom(Math.exp(-event.deltaY * 0.002), event.clientX - left, event.clientY - top);
      }, { passive: false });
    }
    this.#frame.setAttribute('aria-label', this.getAttribute('label') ?? '');
    this.#size.observe(this);
  }

  disconnectedCallback() { this.#size.disconnect(); }

  set hall(/** @type {Hall | undefined} */ hall) {
    if (hall === this.#hall || !hall) { return; }
    const [before, levels] = [this.#hall, this.#levels];
    this.#hall = hall;
    this.#levels = gradesOf(hall).join('\u0000');
    const count = seatCount(hall);
    const isSame = count === this.#x.length && levels === this.#levels;
    if (count !== this.#x.length) {
      [this.#x, this.#y, this.#grade] = [new Float32Array(count), new Float32Array(count), new Uint8Array(count)];
      [this.#row, this.#isChosen] = [new Int32Array(count), new Uint8Array(count)];
    }
    const first = this.#first;
    this.#first = new Int32Array(hall.rows.length);
    const grades = new Map(gradesOf(hall).map((grade, at) => [grade, at]));
    this.#grades = grades.size;
    // Where nothing but rows is another, theirs is all that has to be drawn.
    let changed = isSame && before?.stage === hall.stage && before.areas === hall.areas && before.signs === hall.signs ? NOTHING : EVERYTHING;
    let index = 0;
    hall.rows.forEach((row, at) => {
      this.#first[at] = index;
      // A row that is the same lies where it lay.
      if (isSame && before?.rows[at] === row && first[at] === index) {
        index += row.seats.length;
        return;
      }
      const [own, from] = [grades.get(row.grade) ?? 0, index];
      changed = withSeats(changed, this.#x, this.#y, from, row.seats.length);
      for (const seat of row.seats) {
        this.#x[index] = seat.x;
        this.#y[index] = seat.y;
        this.#grade[index] = seat.grade ? grades.get(seat.grade) ?? own : own;
        this.#row[index++] = at;
      }
      changed = withSeats(changed, this.#x, this.#y, from, row.seats.length);
    });
    this.#mark();
    if (this.#whole) { this.fit(); }
    this.#draw(changed);
  }

  set chosen(/** @type {Chosen} */ chosen) {
    if (chosen === this.#chosen) { return; }
    const changed = joined(this.#placesOf(this.#chosen), this.#placesOf(chosen));
    this.#chosen = chosen;
    this.#mark();
    this.#draw(changed);
  }

  /** An outline whose corners can be dragged. */
  set outline(/** @type {readonly Point[] | undefined} */ outline) {
    if (outline === this.#outline) { return; }
    this.#outline = outline;
    this.#draw();
  }

  /** A picture to trace, so wide in centimetres. */
  set traced(/** @type {{ image: ImageBitmap, width: number } | undefined} */ traced) {
    if (traced === this.#traced) { return; }
    this.#traced = traced;
    this.#draw();
  }

  /** Where the rows of these places are. @param {Chosen} chosen */
  #placesOf(chosen) {
    let part = NOTHING;
    for (const row of chosen.keys()) { part = withSeats(part, this.#x, this.#y, this.#first[row] ?? 0, this.#hall?.rows[row]?.seats.length ?? 0); }
    return part;
  }

  #mark() {
    this.#isChosen.fill(0);
    for (const [row, places] of this.#chosen) {
      const first = this.#first[row] ?? 0;
      for (const place of places) { this.#isChosen[first + place] = 1; }
    }
  }

  #resize() {
    const { width, height } = this.getBoundingClientRect();
    if (width < 1 || height < 1) { return; }
    const sharp = Math.min(2, devicePixelRatio);
    const [over, above] = [Math.ceil(width * MARGIN), Math.ceil(height * MARGIN)];
    this.#edge = { x: over, y: above };
    for (const canvas of [this.#base, this.#top]) {
      [canvas.width, canvas.height] = [Math.round((width + 2 * over) * sharp), Math.round((height + 2 * above) * sharp)];
      Object.assign(canvas.style, { left: `${-over}px`, top: `${-above}px`, width: `${width + 2 * over}px`, height: `${height + 2 * above}px` });
    }
    Object.assign(this.#view, { width, height });
    if (this.#whole) { this.fit(); }
    this.#draw();
  }

  /** All of the hall in sight. */
  fit() {
    const { width, height } = this.#view;
    const corners = [...this.#hall?.stage ?? [], ...(this.#hall?.areas ?? []).flatMap(({ outline }) => outline)];
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    const take = (/** @type {number} */ x, /** @type {number} */ y) => {
      [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
    };
    corners.forEach(({ x, y }) => take(x, y));
    for (let index = 0; index < this.#x.length; index++) { take(this.#x[index] ?? 0, this.#y[index] ?? 0); }
    if (!Number.isFinite(left) || !width) { return; }
    const edge = 2 * SEAT;
    const scale = Math.min(0.6, width / (right - left + 2 * edge), height / (bottom - top + 2 * edge));
    const [x, y, seen] = [width / 2 - (left + right) / 2 * scale, height / 2 - (top + bottom) / 2 * scale, this.#view];
    this.#whole = true;
    if (seen.scale === scale && seen.x === x && seen.y === y) { return; }
    Object.assign(seen, { scale, x, y });
    this.#draw();
  }

  /** Larger or smaller about a point of the screen, its middle unless said.
   * @param {number} factor @param {number} [px] @param {number} [py] */
  zoom(factor, px = this.#view.width / 2, py = this.#view.height / 2) {
    const scale = Math.min(LARGEST, Math.max(LEAST, this.#view.scale * factor));
    const grown = scale / this.#view.scale;
    Object.assign(this.#view, { scale, x: px - (px - this.#view.x) * grown, y: py - (py - this.#view.y) * grown });
    this.#whole = false;
    this.#draw();
  }

  /** The hall's point in the middle of what is seen. @returns {Point} */
  get middle() { return this.#under(this.#view.width / 2, this.#view.height / 2); }

  /** @param {number} px @param {number} py */
  #under(px, py) { return { x: (px - this.#view.x) / this.#view.scale, y: (py - this.#view.y) / this.#view.scale }; }

  get #sharp() { return this.#base.width / Math.max(1, this.#view.width + 2 * this.#edge.x); }

  /** Moves what is drawn to where it is seen, as long as it reaches. */
  #shift() {
    const [dx, dy] = [this.#view.x - this.#drawn.x, this.#view.y - this.#drawn.y];
    if (Math.abs(dx) > this.#edge.x || Math.abs(dy) > this.#edge.y) { return this.#draw(); }
    this.#base.style.transform = this.#top.style.transform = `translate(${dx}px, ${dy}px)`;
  }

  /** In the next frame. @param {Part} [part] */
  #draw(part = EVERYTHING) {
    this.#stale = this.#asked ? joined(this.#stale, part) : part;
    this.#asked ||= requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    this.#asked = 0;
    const { x, y, scale } = this.#view;
    const isWhere = this.#drawn.x === x && this.#drawn.y === y && this.#drawn.scale === scale;
    const part = isWhere ? this.#stale : EVERYTHING;
    this.#drawn = { x, y, scale };
    this.#base.style.transform = this.#top.style.transform = 'none';
    const [below, above] = [this.#base.getContext('2d', { alpha: false }), this.#top.getContext('2d')];
    if (!below || !above || !this.#hall) { return; }
    const [sharp, edge] = [this.#sharp, this.#edge];
    const { left, top, right, bottom } = this.#reached(part);
    for (const context of [below, above]) {
      context.save();
      context.setTransform(scale * sharp, 0, 0, scale * sharp, (x + edge.x) * sharp, (y + edge.y) * sharp);
      context.beginPath();
      context.rect(left, top, right - left, bottom - top);
      context.clip();
    }
    below.fillStyle = this.#look.ground;
    below.fillRect(left, top, right - left, bottom - top);
    above.clearRect(left, top, right - left, bottom - top);
    this.#ground(below, this.#hall);
    this.#seats(below, 0, part);
    if (this.#chosen.size) { this.#seats(above, 1, part); }
    this.#corners(above);
    below.restore();
    above.restore();
  }

  /** A part of the hall, as far as the canvases reach. @param {Part} part @returns {Part} */
  #reached(part) {
    const [from, to] = [this.#under(-this.#edge.x, -this.#edge.y), this.#under(this.#view.width + this.#edge.x, this.#view.height + this.#edge.y)];
    return { left: Math.max(part.left, from.x), top: Math.max(part.top, from.y), right: Math.min(part.right, to.x), bottom: Math.min(part.bottom, to.y) };
  }

  /** @param {CanvasRenderingContext2D} context */
  #corners(context) {
    const side = CORNER / this.#view.scale;
    context.fillStyle = this.#look.ink;
    for (const { x, y } of this.#outline ?? []) { context.fillRect(x - side / 2, y - side / 2, side, side); }
  }

  /** Where a corner of the outline is seen. @param {number} at */
  cornerOnScreen(at) {
    const { x, y } = this.#outline?.[at] ?? { x: 0, y: 0 };
    return { x: x * this.#view.scale + this.#view.x, y: y * this.#view.scale + this.#view.y };
  }

  /** The corner at a point of the screen. @param {number} px @param {number} py */
  #cornerAt(px, py) {
    const [{ x, y }, reach] = [this.#under(px, py), CORNER / this.#view.scale];
    return this.#outline?.findIndex((corner) => Math.hypot(corner.x - x, corner.y - y) <= reach) ?? -1;
  }

  /** @param {CanvasRenderingContext2D} context @param {Hall} hall */
  #ground(context, hall) {
    if (this.#traced) {
      const { image, width } = this.#traced;
      const height = width * image.height / image.width;
      context.globalAlpha = 0.4;
      context.drawImage(image, -width / 2, -height / 4, width, height);
      context.globalAlpha = 1;
    }
    const shape = (/** @type {readonly Point[]} */ points, /** @type {string} */ name) => {
      context.beginPath();
      points.forEach(({ x, y }) => context.lineTo(x, y));
      context.closePath();
      context.globalAlpha = 0.25;
      context.fillStyle = this.#look.faint;
      context.fill();
      context.globalAlpha = 1;
      const [x, y] = [points.reduce((sum, at) => sum + at.x, 0) / points.length, points.reduce((sum, at) => sum + at.y, 0) / points.length];
      context.fillStyle = this.#look.ink;
      context.font = `600 ${Math.min(80, 16 / this.#view.scale)}px system-ui, sans-serif`;
      [context.textAlign, context.textBaseline] = ['center', 'middle'];
      context.fillText(name, x, y);
    };
    if (hall.stage.length > 2) { shape(hall.stage, this.getAttribute('stage') ?? ''); }
    [context.textAlign, context.textBaseline] = ['center', 'middle'];
    for (const sign of hall.signs) {
      context.fillStyle = this.#look.ink;
      context.font = `600 ${sign.size}px system-ui, sans-serif`;
      context.fillText(sign.text, sign.x, sign.y);
    }
    for (const area of hall.areas) { if (area.outline.length > 2) { shape(area.outline, `${area.name} ${area.capacity}`); } }
  }

  /** @param {CanvasRenderingContext2D} context @param {number} chosen whether those that are, or those that are not
   * @param {Part} part which of them */
  #seats(context, chosen, part) {
    const { left, top, right, bottom } = this.#reached(part);
    const side = SEAT * (chosen ? 0.9 : 0.74);
    const isSmall = SEAT * this.#view.scale < 9;
    /** @type {number[]} */
    const seen = [];
    for (let grade = 0; grade < Math.max(1, this.#grades); grade++) {
      context.beginPath();
      for (let index = 0; index < this.#x.length; index++) {
        if (this.#isChosen[index] !== chosen || this.#grade[index] !== grade) { continue; }
        const [x, y] = [this.#x[index] ?? 0, this.#y[index] ?? 0];
        if (x < left - SEAT || x > right + SEAT || y < top - SEAT || y > bottom + SEAT) { continue; }
        if (isSmall) { context.rect(x - side / 2, y - side / 2, side, side); } else {
          context.moveTo(x + side / 2, y);
          context.arc(x, y, side / 2, 0, 7);
          seen.push(index);
        }
      }
      context.fillStyle = gradeColour(this.#look, grade);
      context.fill();
      if (chosen) {
        context.lineWidth = SEAT * 0.16;
        context.strokeStyle = this.#look.ink;
        context.stroke();
      }
    }
    if (this.#view.scale >= CLOSE) { this.#labels(context, seen); }
  }

  /** @param {CanvasRenderingContext2D} context @param {readonly number[]} seen */
  #labels(context, seen) {
    context.font = `600 ${SEAT * 0.34}px system-ui, sans-serif`;
    [context.textAlign, context.textBaseline, context.fillStyle] = ['center', 'middle', this.#look.ground];
    for (const index of seen) {
      const row = this.#row[index] ?? 0;
      const seat = this.#hall?.rows[row]?.seats[index - (this.#first[row] ?? 0)];
      context.fillText(seat?.label ?? '', this.#x[index] ?? 0, this.#y[index] ?? 0, SEAT * 0.66);
    }
  }

  /** The seat at a point of the screen. @param {number} px @param {number} py @returns {At | undefined} */
  #at(px, py) {
    const { x, y } = this.#under(px, py);
    let [best, least] = [-1, Math.max(SEAT / 2, 8 / this.#view.scale)];
    for (let index = 0; index < this.#x.length; index++) {
      const apart = Math.hypot((this.#x[index] ?? 0) - x, (this.#y[index] ?? 0) - y);
      if (apart < least) { [best, least] = [index, apart]; }
    }
    const row = this.#row[best] ?? 0;
    return best < 0 ? undefined : { row, seat: best - (this.#first[row] ?? 0) };
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const { left, top } = this.#frame.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button > 1) { return; }
    this.#frame.setPointerCapture(event.pointerId);
    const { x, y } = this.#point(event);
    const hit = this.#at(x, y);
    const isMine = hit && this.#chosen.get(hit.row)?.has(hit.seat);
    const corner = this.#cornerAt(x, y);
    const what = event.button === 1 || event.altKey ? 'pan' : corner >= 0 ? 'corner' : isMine && !event.shiftKey ? 'drag' : 'frame';
    this.#hand = { x, y, atX: x, atY: y, what, corner, add: event.shiftKey, moved: false };
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const hand = this.#hand;
    if (!hand) { return; }
    const { x, y } = this.#point(event);
    if (hand.what === 'pan') {
      Object.assign(this.#view, { x: this.#view.x + x - hand.atX, y: this.#view.y + y - hand.atY });
      this.#whole = false;
      this.#shift();
    }
    [hand.atX, hand.atY] = [x, y];
    hand.moved ||= Math.hypot(x - hand.x, y - hand.y) > STILL;
    if (!hand.moved) { return; }
    if (hand.what === 'drag') { this.#top.style.transform = `translate(${x - hand.x}px, ${y - hand.y}px)`; }
    if (hand.what === 'frame' || hand.what === 'corner') { this.#rubber(hand); }
  }

  /** Shows the frame that is drawn, or where a corner goes: nothing else is drawn meanwhile.
   * @param {{ x: number, y: number, atX: number, atY: number, what: string }} hand */
  #rubber({ x, y, atX, atY, what }) {
    const [left, top, width, height] = what === 'corner' ? [atX - CORNER / 2, atY - CORNER / 2, CORNER, CORNER]
      : [Math.min(x, atX), Math.min(y, atY), Math.abs(atX - x), Math.abs(atY - y)];
    this.#band.hidden = false;
    Object.assign(this.#band.style, { transform: `translate(${left}px, ${top}px)`, width: `${width}px`, height: `${height}px` });
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const hand = this.#hand;
    this.#hand = undefined;
    this.#band.hidden = true;
    if (!hand || event.type === 'pointercancel') { return this.#draw(); }
    if (hand.what === 'drag' && hand.moved) {
      const { scale } = this.#view;
      this.dispatchEvent(new CustomEvent('moved', { detail: { x: (hand.atX - hand.x) / scale, y: (hand.atY - hand.y) / scale } }));
    } else if (hand.what === 'corner') {
      if (hand.moved) { this.dispatchEvent(new CustomEvent('corner', { detail: { at: hand.corner, to: this.#under(hand.atX, hand.atY) } })); }
    } else if (hand.what !== 'pan') {
      const chosen = hand.moved ? this.#within(this.#under(Math.min(hand.x, hand.atX), Math.min(hand.y, hand.atY)), this.#under(Math.max(hand.x, hand.atX), Math.max(hand.y, hand.atY)))
        : this.#pointed(hand.x, hand.y, event.detail > 1);
      this.dispatchEvent(new CustomEvent('chosen', { detail: { chosen, add: hand.add } }));
    }
    this.#draw();
  }

  /** The row that was pointed at, or its seat alone when it was pointed at twice.
   * @param {number} px @param {number} py @param {boolean} alone @returns {Chosen} */
  #pointed(px, py, alone) {
    const hit = this.#at(px, py);
    if (!hit) { return new Map(); }
    const all = this.#hall?.rows[hit.row]?.seats.map((_, place) => place) ?? [];
    return new Map([[hit.row, new Set(alone ? [hit.seat] : all)]]);
  }

  /** @param {Point} from @param {Point} to @returns {Chosen} */
  #within(from, to) {
    /** @type {Chosen} */
    const chosen = new Map();
    for (let index = 0; index < this.#x.length; index++) {
      const [x, y] = [this.#x[index] ?? 0, this.#y[index] ?? 0];
      if (x < from.x || x > to.x || y < from.y || y > to.y) { continue; }
      const row = this.#row[index] ?? 0;
      const places = chosen.get(row) ?? new Set();
      places.add(index - (this.#first[row] ?? 0));
      chosen.set(row, places);
    }
    return chosen;
  }
}

customElements.define('hall-canvas', HallCanvas);
