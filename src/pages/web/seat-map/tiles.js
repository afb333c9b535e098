// The plan as bitmaps at a few scales, in square tiles: a frame copies those in view, a seat that changed is repainted
// inside its tiles when they are seen. Tiles are made when they come into view, some in a frame; until then a coarser one stands in.

import { PITCH } from './layout.js';
import { paintSeats } from './paint.js';

/** @import { Colours } from './paint.js' */
/** @import { Grid } from './grid.js' */
/** @typedef {{ canvas: OffscreenCanvas | HTMLCanvasElement, context: import('./paint.js').Context, used: number, stale: Set<number> }} Tile */

const SIDE = 512;
/** Each tile is a megabyte. */
const MOST_TILES = 72;
/** Milliseconds of a frame that may go into new tiles. */
const BUDGET_MS = 5;

export class Tiles {
  /** @type {Map<string, Tile>} */ #tiles = new Map();
  #frame = 0;

  /**
   * @param {Grid} grid
   * @param {number[]} scales device pixels a unit, the finest first
   * @param {Colours} look
   */
  constructor(grid, scales, look) {
    this.grid = grid;
    this.scales = scales;
    this.look = look;
  }

  /** The coarsest scale that is not coarser than wanted.
   * @param {number} wanted */
  #level(wanted) {
    const fit = this.scales.filter((scale) => scale >= wanted).length - 1;
    return Math.max(0, fit);
  }

  /**
   * Draws a part of the plan. Gives whether something is still to come.
   * @param {import('./paint.js').Context} context without a transform
   * @param {{ scale: number, x: number, y: number, width: number, height: number }} view in device pixels
   * @param {boolean} still whether it stands still: smoothing costs half of a frame, and nobody sees it in motion
   */
  draw(context, view, still) {
    this.#frame += 1;
    context.imageSmoothingEnabled = still;
    const level = this.#level(view.scale);
    const begun = performance.now();
    let waits = false;
    for (const [column, row] of this.#seen(level, view)) {
      let tile = this.#tiles.get(`${level}/${column}/${row}`);
      if (!tile && performance.now() - begun < BUDGET_MS) { tile = this.#make(level, column, row); }
      if (tile) { this.#copy(context, view, level, column, row, tile); } else {
        waits = true;
        this.#standIn(context, view, level, column, row);
      }
    }
    this.#forget();
    return waits;
  }

  /** @param {number} level @param {{ scale: number, x: number, y: number, width: number, height: number }} view
   * @returns {Generator<[number, number]>} */
  *#seen(level, view) {
    const side = SIDE / (this.scales[level] ?? 1);
    const { seats } = this.grid;
    const [left, right] = [Math.max(-view.x / view.scale, seats.left), Math.min((view.width - view.x) / view.scale, seats.right)];
    const [top, bottom] = [Math.max(-view.y / view.scale, seats.top), Math.min((view.height - view.y) / view.scale, seats.bottom)];
    for (let column = Math.floor(left / side); column <= Math.floor(right / side); column++) {
      for (let row = Math.floor(top / side); row <= Math.floor(bottom / side); row++) { yield [column, row]; }
    }
  }

  /** @param {number} level @param {number} column @param {number} row */
  #make(level, column, row) {
    const canvas = typeof OffscreenCanvas === 'function' ? new OffscreenCanvas(SIDE, SIDE) : document.createElement('canvas');
    [canvas.width, canvas.height] = [SIDE, SIDE];
    const context = /** @type {import('./paint.js').Context} */ (canvas.getContext('2d'));
    const scale = this.scales[level] ?? 1;
    context.setTransform(scale, 0, 0, scale, -column * SIDE, -row * SIDE);
    const tile = { canvas, context, used: this.#frame, stale: new Set() };
    paintSeats(context, this.grid.seats, this.#touching(level, column, row), this.look);
    this.#tiles.set(`${level}/${column}/${row}`, tile);
    return tile;
  }

  /** @param {number} level @param {number} column @param {number} row */
  #touching(level, column, row) {
    const side = SIDE / (this.scales[level] ?? 1);
    const { seats } = this.grid;
    const [left, top] = [column * side - PITCH / 2, row * side - PITCH / 2];
    const reach = side + PITCH;
    const all = this.grid.within(left, top, left + reach, top + reach);
    return all.filter((index) => {
      const [x, y] = [seats.x[index] ?? 0, seats.y[index] ?? 0];
      return x >= left && x <= left + reach && y >= top && y <= top + reach;
    });
  }

  /** @param {import('./paint.js').Context} context @param {{ scale: number, x: number, y: number }} view
   * @param {number} level @param {number} column @param {number} row @param {Tile} tile */
  #copy(context, view, level, column, row, tile) {
    this.#use(tile);
    const side = SIDE / (this.scales[level] ?? 1) * view.scale;
    context.drawImage(tile.canvas, view.x + column * side, view.y + row * side, side, side);
  }

  /** Makes one tile about a view that stands still, as far as a hand may move it next. Gives whether there was one to make.
   * @param {{ scale: number, x: number, y: number, width: number, height: number }} view */
  ahead({ scale, x, y, width, height }) {
    const level = this.#level(scale);
    const about = { scale, x: x + width / 2, y: y + height / 2, width: 2 * width, height: 2 * height };
    if (this.#tiles.size >= MOST_TILES) { return false; }
    for (const [column, row] of this.#seen(level, about)) {
      if (this.#tiles.has(`${level}/${column}/${row}`)) { continue; }
      this.#make(level, column, row);
      return true;
    }
    return false;
  }

  /** A part of a coarser tile, enlarged, until the fine one is there.
   * @param {import('./paint.js').Context} context @param {{ scale: number, x: number, y: number }} view
   * @param {number} level @param {number} column @param {number} row */
  #standIn(context, view, level, column, row) {
    const unit = SIDE / (this.scales[level] ?? 1);
    for (let coarser = level + 1; coarser < this.scales.length; coarser++) {
      const side = SIDE / (this.scales[coarser] ?? 1);
      const [over, down] = [Math.floor(column * unit / side), Math.floor(row * unit / side)];
      const tile = this.#tiles.get(`${coarser}/${over}/${down}`);
      if (!tile) { continue; }
      this.#use(tile);
      const part = unit / side * SIDE;
      const [from, below] = [(column * unit / side - over) * SIDE, (row * unit / side - down) * SIDE];
      const to = unit * view.scale;
      context.drawImage(tile.canvas, from, below, part, part, view.x + column * to, view.y + row * to, to, to);
      return;
    }
  }

  /** Makes the coarsest tiles at once: they stand in for all others. */
  prepare() {
    const level = this.scales.length - 1;
    const { seats } = this.grid;
    const scale = this.scales[level] ?? 1;
    const view = { scale, x: -seats.left * scale, y: -seats.top * scale, width: (seats.right - seats.left) * scale,
      height: (seats.bottom - seats.top) * scale };
    for (const [column, row] of this.#seen(level, view)) { this.#make(level, column, row); }
  }

  /** It is seen in this frame: what changed in it is repainted now.
   * @param {Tile} tile */
  #use(tile) {
    tile.used = this.#frame;
    if (!tile.stale.size) { return; }
    this.#paintAgain(tile.context, [...tile.stale]);
    tile.stale.clear();
  }

  /** These seats are to be repainted in the tiles that there are, when they are seen.
   * @param {readonly number[]} changed */
  repaint(changed) {
    const { seats } = this.grid;
    for (const index of changed) {
      const [x, y] = [seats.x[index] ?? 0, seats.y[index] ?? 0];
      this.scales.forEach((scale, level) => {
        const side = SIDE / scale;
        for (const column of new Set([Math.floor((x - PITCH / 2) / side), Math.floor((x + PITCH / 2) / side)])) {
          for (const row of new Set([Math.floor((y - PITCH / 2) / side), Math.floor((y + PITCH / 2) / side)])) {
            this.#tiles.get(`${level}/${column}/${row}`)?.stale.add(index);
          }
        }
      });
    }
  }

  /** @param {import('./paint.js').Context} context @param {number[]} group */
  #paintAgain(context, group) {
    const { seats } = this.grid;
    context.globalCompositeOperation = 'destination-out';
    context.beginPath();
    for (const index of group) {
      const [x, y] = [seats.x[index] ?? 0, seats.y[index] ?? 0];
      context.moveTo(x + PITCH / 2, y);
      context.arc(x, y, PITCH / 2, 0, 7);
    }
    context.fill();
    context.globalCompositeOperation = 'source-over';
    paintSeats(context, seats, group, this.look);
  }

  #forget() {
    if (this.#tiles.size <= MOST_TILES) { return; }
    const coarsest = `${this.scales.length - 1}/`;
    const old = [...this.#tiles].filter(([name]) => !name.startsWith(coarsest)).sort(([, a], [, b]) => a.used - b.used);
    for (const [name] of old.slice(0, this.#tiles.size - MOST_TILES)) { this.#tiles.delete(name); }
  }
}
