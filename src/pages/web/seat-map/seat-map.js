// <seat-map>: the hall on one canvas. It is one stop of the Tab key; arrows go along the row and to the next one, Enter
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

export class SeatMap extends HTMLElement {
  /** @type {Seats | undefined} */ #seats;
  /** @type {Grid | undefined} */ #grid;
  /** @type {Tiles | undefined} */ #tiles;
  /** @type {View | undefined} */ #view;
  #look = colours();
  #focus = -1;
  #asked = 0;
  #again = 0;
  /** When the view last changed. */
  #moved = -Infinity;
  #canvas = document.createElement('canvas');
  #context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d', { alpha: false }));
  #size = new ResizeObserver(() => this.#resize());
  #scheme = matchMedia('(prefers-color-scheme: dark)');
  #forced = matchMedia('(forced-colors: active)');
  #lookAgain = () => this.#begin();

  connectedCallback() {
    if (!this.#canvas.isConnected) {
      this.#canvas.tabIndex = 0;
      this.#canvas.setAttribute('role', 'application');
      this.#canvas.addEventListener('keydown', (event) => this.#key(event));
      this.#canvas.addEventListener('focus', () => this.#focused());
      this.#canvas.addEventListener('blur', () => this.#draw());
      watchGestures(this.#canvas, {
        pan: (dx, dy) => this.#move((view) => view.pan(dx, dy)),
        zoom: (factor, x, y) => this.#move((view) => view.zoom(factor, x, y)),
        tap: (x, y) => this.#tap(x, y),
      });
      this.append(this.#canvas);
    }
    this.#canvas.setAttribute('aria-label', words().mapLabel);
    this.#scheme.addEventListener('change', this.#lookAgain);
    this.#forced.addEventListener('change', this.#lookAgain);
    this.#size.observe(this);
  }

  disconnectedCallback() {
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
    [this.#canvas.width, this.#canvas.height] = [Math.round(width * sharp), Math.round(height * sharp)];
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
    this.#draw();
  }

  #draw() { this.#asked ||= requestAnimationFrame(() => this.#paint()); }

  #paint() {
    cancelAnimationFrame(this.#asked);
    clearTimeout(this.#again);
    this.#asked = 0;
    const [view, seats, context, sharp] = [this.#view, this.#seats, this.#context, this.#sharp];
    if (!view || !seats || !this.#grid || !this.#tiles) { return; }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = this.#look.ground;
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    const close = view.scale >= CLOSE;
    let waits = false;
    if (!close) {
      const { width, height } = this.#canvas;
      const still = performance.now() - this.#moved >= REST_MS;
      waits = this.#tiles.draw(context, { scale: view.scale * sharp, x: view.x * sharp, y: view.y * sharp, width, height }, still);
      if (!still) { this.#again = window.setTimeout(() => this.#draw(), REST_MS); }
    }
    context.setTransform(view.scale * sharp, 0, 0, view.scale * sharp, view.x * sharp, view.y * sharp);
    if (close) {
      const seen = this.#grid.within(...view.under(0, 0), ...view.under(view.width, view.height));
      paintSeats(context, seats, seen, this.#look);
      paintLabels(context, seats, seen, this.#look, view.scale);
      this.#rowLabels(context, seats, seen);
    } else { this.#sectionLabels(context, seats, view); }
    this.#areas(context, seats, view);
    this.#stage(context, seats, view);
    this.#ring(context, seats);
    if (waits) { this.#draw(); }
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
    if (this.#focus < 0 || document.activeElement !== this.#canvas) { return; }
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
    if (PITCH * view.scale < SMALLEST) { return this.#move((now) => now.zoom(SMALLEST * 1.4 / (PITCH * now.scale), px, py)); }
    const index = grid.nearest(...view.under(px, py), REACH / view.scale);
    if (index < 0) { return; }
    this.#focus = index;
    this.#pick(index);
    this.#draw();
  }

  /** @param {number} index */
  #pick(index) { this.dispatchEvent(new CustomEvent('pick', { detail: index })); }

  #focused() {
    const seats = this.#seats;
    if (seats && this.#focus < 0) { this.#focus = Math.max(0, seats.state.indexOf(AVAILABLE)); }
    this.#speak();
    this.#draw();
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
    this.#draw();
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

/** @param {readonly Point[]} points */
function middle(points) {
  const mean = (/** @type {number[]} */ of) => of.reduce((sum, at) => sum + at, 0) / Math.max(1, of.length);
  return { x: mean(points.map(({ x }) => x)), y: mean(points.map(({ y }) => y)) };
}

customElements.define('seat-map', SeatMap);
