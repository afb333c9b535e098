// <seat-map>: the hall on one canvas, larger than what is seen of it. Movement moves the canvas and draws nothing: it is drawn
// anew where it would end, where it is too coarse, and when it comes to rest. A seat that changed is drawn alone. The map is one stop of the Tab key; arrows go along the row and to the next one, Enter
// picks, and what has the focus is spoken. A tap picks the nearest seat; where seats are too small to tell apart it comes
// closer first.

import { words } from '../words/index.js';
import { Grid } from './grid.js';
import { watchGestures } from './gestures.js';
import { PITCH } from './layout.js';
import { AVAILABLE } from './model.js';
import { colours, gradeColour, paintLabels, paintSeats } from './paint.js';
import { Tiles } from './tiles.js';
import { CLOSE, View } from './view.js';
import { spokenSeat } from './spoken.js';

/** @import { Point } from './layout.js' */
/** @import { Seats } from './model.js' */

/** A tap counts for the nearest seat within so many CSS pixels. */
const REACH = 22;
/** Smaller seats than this, in CSS pixels, are not picked: the tap comes closer. */
const SMALLEST = 24;
/** More device pixels than this a CSS pixel cost more than anybody sees. */
const SHARPEST = 2;
/** So long after the last movement the map stands still. */
const REST_MS = 160;
/** How much is drawn on each side beyond what is seen, as a part of it. */
const MARGIN = 0.2;
/** In movement the canvas is enlarged so much at most before it is drawn anew. */
const COARSEST = 1.7;

export class SeatMap extends HTMLElement {
  /** @type {Seats | undefined} */ #seats;
  /** @type {Grid | undefined} */ #grid;
  /** @type {Tiles | undefined} */ #tiles;
  /** @type {View | undefined} */ #view;
  #look = colours();
  #focus = -1;
  #asked = 0;
  #again = 0;
  /** The next tile that is made ahead. */ #idle = 0;
  /** What the canvas shows: the plan at this scale, from this offset of its middle part on. @type {{ scale: number, x: number, y: number } | undefined} */
  #drawn;
  /** Seats that look different than they are drawn. @type {Set<number>} */
  #changed = new Set();
  /** CSS pixels of the canvas beyond what is seen. */
  #edge = { x: 0, y: 0 };
  /** Whether tiles are still to come. */
  #waits = false;
  #frame = document.createElement('div');
  /** When the view last changed. */
  #moved = -Infinity;
  #canvas = document.createElement('canvas');
  #context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d', { alpha: false }));
  #size = new ResizeObserver(() => this.#resize());
  #scheme = matchMedia('(prefers-color-scheme: dark)');
  #forced = matchMedia('(forced-colors: active)');
  #lookAgain = () => this.#begin();

  connectedCallback() {
    if (!this.#frame.isConnected) {
      this.#frame.tabIndex = 0;
      this.#frame.setAttribute('role', 'application');
      this.#frame.addEventListener('keydown', (event) => this.#key(event));
      this.#frame.addEventListener('focus', () => this.#focused());
      this.#frame.addEventListener('blur', () => this.#anew());
      watchGestures(this.#frame, {
        pan: (dx, dy) => this.#move((view) => view.pan(dx, dy)),
        zoom: (factor, x, y) => this.#move((view) => view.zoom(factor, x, y)),
        tap: (x, y) => this.#tap(x, y),
      });
      this.#frame.append(this.#canvas);
      this.append(this.#frame);
    }
    this.#frame.setAttribute('aria-label', words().mapLabel);
    this.#scheme.addEventListener('change', this.#lookAgain);
    this.#forced.addEventListener('change', this.#lookAgain);
    this.#size.observe(this);
  }

  disconnectedCallback() {
    this.#rests();
    this.#size.disconnect();
    this.#scheme.removeEventListener('change', this.#lookAgain);
    this.#forced.removeEventListener('change', this.#lookAgain);
  }

  set seats(/** @type {Seats | undefined} */ seats) {
    if (seats === this.#seats) { return; }
    this.#seats = seats;
    this.#focus = -1;
    this.#begin();
  }

  get seats() { return this.#seats; }

  #begin() {
    if (!this.#seats) { return; }
    this.#look = colours();
    this.#grid = new Grid(this.#seats);
    this.#view = new View(this.#seats);
    this.#resize();
  }

  #resize() {
    const { width, height } = this.getBoundingClientRect();
    // Where it is not shown there is nothing to measure by: it begins when it is.
    if (!this.#view || !this.#grid || width < 1 || height < 1) { return; }
    const sharp = this.#sharp;
    const [over, above] = [Math.ceil(width * MARGIN), Math.ceil(height * MARGIN)];
    this.#edge = { x: over, y: above };
    [this.#canvas.width, this.#canvas.height] = [Math.round((width + 2 * over) * sharp), Math.round((height + 2 * above) * sharp)];
    Object.assign(this.#canvas.style, {
      left: `${-over}px`, top: `${-above}px`, width: `${width + 2 * over}px`, height: `${height + 2 * above}px`, transformOrigin: `${over}px ${above}px`,
    });
    this.#view.resize(width, height);
    const scales = [CLOSE * sharp];
    while ((scales.at(-1) ?? 0) > this.#view.least * sharp) { scales.push((scales.at(-1) ?? 1) / 2); }
    if (this.#tiles?.grid !== this.#grid || this.#tiles.look !== this.#look || this.#tiles.scales.join() !== scales.join()) {
      this.#tiles = new Tiles(this.#grid, scales, this.#look);
      this.#tiles.prepare();
    }
    this.#paint();
  }

  get #sharp() { return Math.min(SHARPEST, devicePixelRatio); }

  /** @param {(view: View) => void} move */
  #move(move) {
    if (this.#view) { move(this.#view); }
    this.#moved = performance.now();
    this.#rests();
    this.#draw();
  }

  /** Larger or smaller, around the middle; all of it for 0.
   * @param {number} factor */
  zoom(factor) {
    this.#move((view) => (factor ? view.zoom(factor, view.width / 2, view.height / 2) : view.fit()));
  }

  /** These seats look different now.
   * @param {readonly number[]} changed */
  repaint(changed) {
    this.#tiles?.repaint(changed);
    changed.forEach((index) => this.#changed.add(index));
    this.#draw();
  }

  /** In the next frame, by as little as will do. */
  #draw() { this.#asked ||= requestAnimationFrame(() => this.#show()); }

  /** In the next frame, all of it. */
  #anew() {
    this.#drawn = undefined;
    this.#draw();
  }

  /** Moves what is drawn to where it is seen; draws where that is not enough. */
  #show() {
    this.#asked = 0;
    const [view, drawn] = [this.#view, this.#drawn];
    if (!view || !drawn || this.#waits || !this.#reaches(view, drawn)) { return this.#paint(); }
    const larger = view.scale / drawn.scale;
    this.#canvas.style.transform = `translate(${view.x - drawn.x * larger}px, ${view.y - drawn.y * larger}px) scale(${larger})`;
    this.#paintChanged(drawn);
    clearTimeout(this.#again);
    this.#again = window.setTimeout(() => this.#paint(), REST_MS);
  }

  /** Whether what is drawn covers all of the plan that is seen, and finely enough.
   * @param {View} view @param {{ scale: number, x: number, y: number }} drawn */
  #reaches(view, drawn) {
    if (view.scale > drawn.scale * COARSEST) { return false; }
    const { left, top, right, bottom } = view.plan;
    const [x, y] = view.under(0, 0);
    const [beyond, below] = view.under(view.width, view.height);
    const { x: over, y: above } = this.#edge;
    return Math.max(x, left) * drawn.scale + drawn.x >= -over && Math.min(beyond, right) * drawn.scale + drawn.x <= view.width + over
      && Math.max(y, top) * drawn.scale + drawn.y >= -above && Math.min(below, bottom) * drawn.scale + drawn.y <= view.height + above;
  }

  /** The seats that changed since, over what they were.
   * @param {{ scale: number, x: number, y: number }} drawn */
  #paintChanged(drawn) {
    const [seats, context] = [this.#seats, this.#context];
    if (!seats || !this.#changed.size) { return; }
    this.#scaled(drawn);
    context.beginPath();
    for (const index of this.#changed) {
      const [x, y] = [seats.x[index] ?? 0, seats.y[index] ?? 0];
      context.moveTo(x + PITCH / 2, y);
      context.arc(x, y, PITCH / 2, 0, 7);
    }
    context.fillStyle = this.#look.ground;
    context.fill();
    paintSeats(context, seats, this.#changed, this.#look);
    if (drawn.scale >= CLOSE) { paintLabels(context, seats, this.#changed, this.#look, drawn.scale); }
    this.#changed.clear();
  }

  /** Makes the plan's units those of the canvas.
   * @param {{ scale: number, x: number, y: number }} drawn */
  #scaled({ scale, x, y }) {
    const [sharp, edge] = [this.#sharp, this.#edge];
    this.#context.setTransform(scale * sharp, 0, 0, scale * sharp, (x + edge.x) * sharp, (y + edge.y) * sharp);
  }

  #paint() {
    cancelAnimationFrame(this.#asked);
    clearTimeout(this.#again);
    this.#asked = 0;
    const [view, seats, context, sharp, edge] = [this.#view, this.#seats, this.#context, this.#sharp, this.#edge];
    if (!view || !seats || !this.#grid || !this.#tiles) { return; }
    this.#drawn = { scale: view.scale, x: view.x, y: view.y };
    this.#changed.clear();
    this.#canvas.style.transform = 'none';
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = this.#look.ground;
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    const close = view.scale >= CLOSE;
    this.#waits = false;
    if (!close) {
      const { width, height } = this.#canvas;
      const still = performance.now() - this.#moved >= REST_MS;
      const part = { scale: view.scale * sharp, x: (view.x + edge.x) * sharp, y: (view.y + edge.y) * sharp, width, height };
      this.#waits = this.#tiles.draw(context, part, still);
      if (!still) { this.#again = window.setTimeout(() => this.#paint(), REST_MS); } else if (!this.#waits) { this.#rests(part); }
    }
    this.#scaled(this.#drawn);
    if (close) {
      const seen = this.#grid.within(...view.under(-edge.x, -edge.y), ...view.under(view.width + edge.x, view.height + edge.y));
      paintSeats(context, seats, seen, this.#look);
      paintLabels(context, seats, seen, this.#look, view.scale);
      this.#rowLabels(context, seats, seen);
    } else { this.#sectionLabels(context, seats, view); }
    this.#areas(context, seats, view);
    this.#stage(context, seats, view);
    for (const { text, x, y, size } of seats.signs) { this.#text(context, text, x, y, size, this.#look.ink); }
    this.#ring(context, seats);
    if (this.#waits) { this.#draw(); }
  }

  /** While it stands still, tiles are made of what a hand may move into sight: to make one in motion costs a frame or two. Without a part of
   * the plan it does so no more.
   * @param {{ scale: number, x: number, y: number, width: number, height: number }} [part] */
  #rests(part) {
    if (typeof requestIdleCallback !== 'function') { return; }
    cancelIdleCallback(this.#idle);
    if (part) { this.#idle = requestIdleCallback(() => { if (this.#tiles?.ahead(part)) { this.#rests(part); } }); }
  }

  /** @param {CanvasRenderingContext2D} context @param {Seats} seats @param {View} view */
  #stage(context, seats, view) {
    context.fillStyle = this.#look.faint;
    outline(context, seats.stage);
    context.fill();
    const { x, y } = middle(seats.stage);
    this.#text(context, words().stage, x, y, Math.min(70, 16 / view.scale), this.#look.ground);
  }

  /** Where people stand.
   * @param {CanvasRenderingContext2D} context @param {Seats} seats @param {View} view */
  #areas(context, seats, view) {
    for (const area of seats.areas) {
      const colour = gradeColour(this.#look, Math.max(0, seats.grades.findIndex(({ name }) => name === area.grade)));
      outline(context, area.outline);
      context.globalAlpha = 0.15;
      context.fillStyle = colour;
      context.fill();
      context.globalAlpha = 1;
      context.lineWidth = 2 / view.scale;
      context.strokeStyle = colour;
      context.stroke();
      const { x, y } = middle(area.outline);
      this.#text(context, area.name, x, y, Math.min(PITCH * 1.5, 14 / view.scale), this.#look.ink);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {Seats} seats @param {View} view */
  #sectionLabels(context, seats, view) {
    for (const section of seats.sections) {
      // Before the middle of its first row, towards where all look.
      const row = seats.rows[seats.row[section.first] ?? 0];
      const at = section.first + Math.floor(((row?.count ?? 1) - 1) / 2);
      const [x, y] = [seats.x[at] ?? 0, seats.y[at] ?? 0];
      const far = Math.hypot(x - seats.focal.x, y - seats.focal.y) || 1;
      const nearer = (PITCH * 0.6 + 10 / view.scale) / far;
      this.#text(context, section.name, x + (seats.focal.x - x) * nearer, y + (seats.focal.y - y) * nearer, 14 / view.scale, this.#look.ink);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {Seats} seats @param {number[]} seen */
  #rowLabels(context, seats, seen) {
    for (const at of new Set(seen.map((index) => seats.row[index] ?? 0))) {
      const row = seats.rows[at];
      if (!row) { continue; }
      this.#text(context, row.label, (seats.x[row.first] ?? 0) - PITCH * 0.9, seats.y[row.first] ?? 0, PITCH * 0.36, this.#look.ink);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {string} text @param {number} x @param {number} y @param {number} size
   * @param {string} colour */
  #text(context, text, x, y, size, colour) {
    context.font = `600 ${size}px system-ui, sans-serif`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillStyle = colour;
    context.fillText(text, x, y);
  }

  /** Around the seat that the keys are at.
   * @param {CanvasRenderingContext2D} context @param {Seats} seats */
  #ring(context, seats) {
    if (this.#focus < 0 || document.activeElement !== this.#frame) { return; }
    context.beginPath();
    context.arc(seats.x[this.#focus] ?? 0, seats.y[this.#focus] ?? 0, PITCH * 0.56, 0, 7);
    context.lineWidth = PITCH * 0.1;
    context.strokeStyle = this.#look.ink;
    context.stroke();
  }

  /** @param {number} px @param {number} py */
  #tap(px, py) {
    const [view, grid, seats] = [this.#view, this.#grid, this.#seats];
    if (!view || !grid || !seats) { return; }
    const area = seats.areas.find(({ outline }) => isInside(outline, ...view.under(px, py)));
    if (area) { return void this.dispatchEvent(new CustomEvent('area', { detail: area.name })); }
    if (PITCH * view.scale < SMALLEST) { return this.#move((now) => now.zoom(SMALLEST * 1.4 / (PITCH * now.scale), px, py)); }
    const index = grid.nearest(...view.under(px, py), REACH / view.scale);
    if (index < 0) { return; }
    this.#focus = index;
    this.#pick(index);
    this.#anew();
  }

  /** @param {number} index */
  #pick(index) { this.dispatchEvent(new CustomEvent('pick', { detail: index })); }

  #focused() {
    const seats = this.#seats;
    if (seats?.count && this.#focus < 0) { this.#focus = Math.max(0, seats.state.indexOf(AVAILABLE)); }
    this.#speak();
    this.#anew();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === '+' || event.key === '-') { this.zoom(event.key === '+' ? 1.5 : 1 / 1.5); }
    else if (event.key === '0') { this.zoom(0); }
    else if ((event.key === 'Enter' || event.key === ' ') && this.#focus >= 0) { this.#pick(this.#focus); }
    else if (step) { this.#step(step[0] ?? 0, step[1] ?? 0); }
    else { return; }
    event.preventDefault();
  }

  /** @param {number} along @param {number} rows */
  #step(along, rows) {
    const [seats, view] = [this.#seats, this.#view];
    if (!seats || !view || this.#focus < 0) { return; }
    const at = seats.row[this.#focus] ?? 0;
    const row = seats.rows[at + rows];
    if (!row) { return; }
    if (along) {
      this.#focus = Math.min(row.first + row.count - 1, Math.max(row.first, this.#focus + along));
    } else {
      const x = seats.x[this.#focus] ?? 0;
      const inRow = Array.from({ length: row.count }, (_, place) => row.first + place);
      this.#focus = inRow.reduce((best, index) => (Math.abs((seats.x[index] ?? 0) - x) < Math.abs((seats.x[best] ?? 0) - x) ? index : best));
    }
    view.show(seats.x[this.#focus] ?? 0, seats.y[this.#focus] ?? 0, CLOSE);
    this.#speak();
    this.#anew();
  }

  #speak() {
    if (!this.#seats || this.#focus < 0) { return; }
    this.dispatchEvent(new CustomEvent('tell', { bubbles: true, detail: spokenSeat(this.#seats, this.#focus) }));
  }
}

/** @param {CanvasRenderingContext2D} context @param {readonly Point[]} points */
function outline(context, points) {
  context.beginPath();
  for (const { x, y } of points) { context.lineTo(x, y); }
  context.closePath();
}

/** Whether a point is inside: a ray from it crosses the outline an odd number of times.
 * @param {readonly Point[]} points @param {number} x @param {number} y */
function isInside(points, x, y) {
  return points.filter((from, at) => {
    const to = points[(at + 1) % points.length] ?? from;
    return from.y > y !== to.y > y && x < from.x + (y - from.y) / (to.y - from.y) * (to.x - from.x);
  }).length % 2 === 1;
}

/** @param {readonly Point[]} points */
function middle(points) {
  const mean = (/** @type {number[]} */ of) => of.reduce((sum, at) => sum + at, 0) / Math.max(1, of.length);
  return { x: mean(points.map(({ x }) => x)), y: mean(points.map(({ y }) => y)) };
}

customElements.define('seat-map', SeatMap);
