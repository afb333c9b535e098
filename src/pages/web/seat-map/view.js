// What part of the plan is seen, and how large: pan, pinch, zoom, kept so that the plan cannot be lost.

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */

/** Seats are drawn one by one above this scale, in CSS pixels a unit; below it they come from bitmaps. */
export const CLOSE = 0.3;
const LARGEST = 0.9;

export class View {
  scale = 1;
  x = 0;
  y = 0;
  width = 1;
  height = 1;

  /** @param {Box} plan */
  constructor(plan) { this.plan = plan; }

  /** The scale at which all of the plan is seen. */
  get least() {
    const { left, top, right, bottom } = this.plan;
    return Math.min(LARGEST, this.width / (right - left), this.height / (bottom - top));
  }

  /** @param {number} width @param {number} height in CSS pixels */
  resize(width, height) {
    const whole = this.scale <= this.least * 1.01 || this.width === 1;
    [this.width, this.height] = [width, height];
    whole ? this.fit() : this.#keep();
  }

  fit() {
    this.scale = this.least;
    this.#keep();
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.#keep();
  }

  /** Larger or smaller around a point of the screen.
   * @param {number} factor @param {number} px @param {number} py */
  zoom(factor, px, py) {
    const scale = Math.min(LARGEST, Math.max(this.least, this.scale * factor));
    const grown = scale / this.scale;
    this.x = px - (px - this.x) * grown;
    this.y = py - (py - this.y) * grown;
    this.scale = scale;
    this.#keep();
  }

  /** Brings a point of the plan into sight, at this scale at least.
   * @param {number} x @param {number} y @param {number} [scale] */
  show(x, y, scale = this.scale) {
    this.scale = Math.min(LARGEST, Math.max(this.scale, scale));
    const [at, down] = [x * this.scale + this.x, y * this.scale + this.y];
    const edge = Math.min(60, this.width / 4, this.height / 4);
    if (at < edge || at > this.width - edge) { this.x = this.width / 2 - x * this.scale; }
    if (down < edge || down > this.height - edge) { this.y = this.height / 2 - y * this.scale; }
    this.#keep();
  }

  /** The plan's point under one of the screen.
   * @param {number} px @param {number} py @returns {[number, number]} */
  under(px, py) { return [(px - this.x) / this.scale, (py - this.y) / this.scale]; }

  #keep() {
    const { left, top, right, bottom } = this.plan;
    this.x = within(this.x, left * this.scale, right * this.scale, this.width);
    this.y = within(this.y, top * this.scale, bottom * this.scale, this.height);
  }
}

/** @param {number} offset @param {number} from @param {number} to @param {number} room */
function within(offset, from, to, room) {
  if (to - from <= room) { return (room - to - from) / 2; }
  return Math.min(-from, Math.max(room - to, offset));
}
