// Reads codes out of pictures: by the browser's own detector where it has one, else by a worker.

import { decoder } from '../common/trusted.js';

/** @typedef {{ detect(image: CanvasImageSource | ImageBitmap): Promise<{ rawValue: string }[]> }} Detector */

/** A photo is looked at in these widths: a code may be small in it, or too sharp to be found in one go. */
const PHOTO_SIDES = [1000, 1800, 600];
const PHOTO_MS = 1500;

export class Eye {
  /** @type {Detector | undefined} */ #native;
  /** @type {Worker | undefined} */ #worker;
  /** @type {Map<number, (text: string | undefined) => void>} */ #asked = new Map();
  #no = 0;
  #canvas = document.createElement('canvas');
  /** Which of the two it is. @type {Promise<'native' | 'worker'>} */ kind = this.#begin();

  async #begin() {
    const Native = /** @type {any} */ (window).BarcodeDetector;
    const formats = await Native?.getSupportedFormats?.().catch(() => []) ?? [];
    if (formats.includes('qr_code')) {
      this.#native = new Native({ formats: ['qr_code'] });
      return /** @type {const} */ ('native');
    }
    this.#worker = new Worker(decoder(), { type: 'module' });
    this.#worker.addEventListener('message', ({ data }) => {
      this.#asked.get(data.no)?.(data.text);
      this.#asked.delete(data.no);
    });
    return /** @type {const} */ ('worker');
  }

  /** The text of a code in this part of a picture, drawn at `side` pixels.
   * @param {CanvasImageSource} from @param {{ x: number, y: number, width: number, height: number }} part @param {number} side
   * @param {number} [patience] in milliseconds
   * @returns {Promise<string | undefined>} */
  async look(from, part, side, patience) {
    await this.kind;
    const scale = Math.min(1, side / Math.max(part.width, part.height));
    const [width, height] = [Math.round(part.width * scale), Math.round(part.height * scale)];
    if (!width || !height) { return undefined; }
    // Another size makes another canvas.
    if (this.#canvas.width !== width || this.#canvas.height !== height) { Object.assign(this.#canvas, { width, height }); }
    const context = this.#canvas.getContext('2d', { willReadFrequently: true });
    context?.drawImage(from, part.x, part.y, part.width, part.height, 0, 0, width, height);
    if (this.#native) { return (await this.#native.detect(this.#canvas).catch(() => []))[0]?.rawValue; }
    const pixels = context?.getImageData(0, 0, width, height);
    if (!pixels) { return undefined; }
    const no = ++this.#no;
    return new Promise((done) => {
      this.#asked.set(no, done);
      this.#worker?.postMessage({ no, width, height, data: pixels.data, patience }, [pixels.data.buffer]);
    });
  }

  /** The text of a code in a photo.
   * @param {Blob} file */
  async photo(file) {
    const image = await createImageBitmap(file);
    const part = { x: 0, y: 0, width: image.width, height: image.height };
    for (const side of PHOTO_SIDES) {
      const text = await this.look(image, part, side, PHOTO_MS);
      if (text !== undefined) { return text; }
    }
    return undefined;
  }

  close() { this.#worker?.terminate(); }
}
