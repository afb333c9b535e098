// The worker that reads a QR code out of a picture, so that the screen never waits for it.

import { decodeQR } from '../vendor/qr/decode.js';

/** Milliseconds for a frame; a photo may take longer. */
const FRAME_MS = 60;

/** @typedef {{ no: number, width: number, height: number, data: Uint8ClampedArray, patience?: number }} Picture */

self.addEventListener('message', (event) => {
  const { no, width, height, data, patience = FRAME_MS } = /** @type {MessageEvent<Picture>} */ (event).data;
  /** @type {string | undefined} */
  let text;
  try { text = decodeQR({ width, height, data }, { timeLimit: patience }); } catch { /* there is none */ }
  /** @type {any} */ (self).postMessage({ no, text });
});
