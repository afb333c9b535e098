// The camera: the rear one first, another by a button. It looks some ten times a second at the middle of what it sees.

import { Eye } from './eye.js';

/** Between two looks, in milliseconds. */
const PACE_MS = 100;
/** What is looked at is drawn so large. */
const SIDE = 480;
/** The same code is the same ticket for as long as it is in sight, and so long afterwards. */
const SAME_MS = 2500;

/** Whether this page may have a camera: only with TLS, or on this machine. */
export const mayHaveCamera = () => window.isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);

export class Camera {
  /** @type {'off' | 'starting' | 'on' | 'denied' | 'missing'} */ state = 'off';
  /** @type {MediaDeviceInfo[]} */ cameras = [];
  /** @type {MediaStream | undefined} */ stream;
  #video = document.createElement('video');
  #timer = 0;
  #looking = false;
  #seen = { text: '', at: -Infinity };
  /** @type {string | undefined} */ #chosen;

  /**
   * @param {Eye} eye
   * @param {(text: string, seenAt: number) => void} read with the time of the picture, of `performance.now()`
   * @param {() => void} changed
   */
  constructor(eye, read, changed) {
    this.eye = eye;
    this.read = read;
    this.changed = changed;
    Object.assign(this.#video, { muted: true, playsInline: true });
  }

  /** What the screen shows. */
  get video() { return this.#video; }

  async start() {
    if (this.state === 'starting' || this.state === 'on') { return; }
    this.#is('starting');
    try {
      const which = this.#chosen ? { deviceId: { exact: this.#chosen } } : { facingMode: 'environment' };
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } } });
      this.#video.srcObject = this.stream;
      await this.#video.play();
      this.cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
      this.stream.getVideoTracks()[0]?.addEventListener('ended', () => this.stop());
      this.#is('on');
      this.#timer = window.setTimeout(() => void this.#look(), 0);
    } catch (error) {
      this.#free();
      this.#is(/** @type {Error} */ (error).name === 'NotAllowedError' ? 'denied' : 'missing');
    }
  }

  /** The next camera of this device. */
  async another() {
    const now = this.stream?.getVideoTracks()[0]?.getSettings().deviceId;
    const at = this.cameras.findIndex(({ deviceId }) => deviceId === now);
    this.#chosen = this.cameras[(at + 1) % this.cameras.length]?.deviceId;
    this.stop();
    await this.start();
  }

  stop() {
    this.#free();
    this.#is('off');
  }

  #free() {
    clearTimeout(this.#timer);
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = undefined;
    this.#video.srcObject = null;
  }

  /** @param {Camera['state']} state */
  #is(state) {
    this.state = state;
    this.changed();
  }

  async #look() {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const begun = performance.now();
    if (width && !document.hidden && !this.#looking) {
      this.#looking = true;
      const side = Math.min(width, height);
      const part = { x: (width - side) / 2, y: (height - side) / 2, width: side, height: side };
      const text = await this.eye.look(this.#video, part, SIDE);
      this.#looking = false;
      if (text !== undefined) { this.#sees(text, begun); }
    }
    if (this.state === 'on') { this.#timer = window.setTimeout(() => void this.#look(), Math.max(0, PACE_MS - (performance.now() - begun))); }
  }

  /** @param {string} text @param {number} at */
  #sees(text, at) {
    const isSame = text === this.#seen.text && at - this.#seen.at < SAME_MS;
    this.#seen = { text, at };
    if (isSame) { return; }
    // Where it takes long, the browser's own tools show it.
    performance.measure('read', { start: at });
    this.read(text, at);
  }
}
