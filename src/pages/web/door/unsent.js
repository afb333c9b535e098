// The scans that the office has not been told of: kept on this device until it has, and what it said of them.

import { isOpen, newKey } from '../common/api.js';
import { ask } from '../staff/session.js';
import { dropScan, keepScan, keptScans } from './kept.js';

/** @import { Schemas } from '../../types/client.js' */
/** @import { Scan } from './kept.js' */

/** The office takes so many at once. */
const MOST = 100;

/** What the office said of a scan that it was told of later. @typedef {{ scan: Scan, result: Schemas['ScanResult'], first?: Schemas['FirstCheckInView'] | undefined }} Told */

/** A UUID of random bits; `randomUUID` is kept from pages without TLS. */
export function newScanId() {
  const digits = newKey();
  return [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(13, 16)}`, `8${digits.slice(17, 20)}`, digits.slice(20)].join('-');
}

export class Unsent {
  /** @type {Scan[]} */ scans = [];
  /** How many were told of since the page was opened. */ sent = 0;
  /** Those of which not all was well. @type {Told[]} */ told = [];
  #sending = false;

  /** @param {string} performance */
  constructor(performance) { this.performance = performance; }

  async open() { this.scans = await keptScans(); }

  /** @param {Scan} scan */
  async keep(scan) {
    this.scans = [...this.scans, scan];
    await keepScan(scan);
  }

  /** Forgets a scan that the office was not told of.
   * @param {string} id @returns {Promise<boolean>} whether it was here still */
  async drop(id) {
    const isHere = this.scans.some(({ scan_id }) => scan_id === id);
    this.scans = this.scans.filter(({ scan_id }) => scan_id !== id);
    await dropScan(id);
    return isHere;
  }

  /** Tells the office. What it did not answer to stays.
   * @returns {Promise<boolean>} whether anything was told */
  async send() {
    if (this.#sending || !this.scans.length) { return false; }
    this.#sending = true;
    const before = this.sent;
    try {
      for (const scan of this.scans.filter(({ key }) => key)) {
        if (!(await this.#askAgain(scan))) { return this.sent > before; }
      }
      while (this.scans.length && await this.#merge(this.scans.slice(0, MOST))) { /* the next ones */ }
    } finally { this.#sending = false; }
    return this.sent > before;
  }

  /** A question that had no answer, with the same key: it may have been heard, and then somebody is in by it already.
   * @param {Scan} scan @returns {Promise<boolean>} whether there is an answer */
  async #askAgain(scan) {
    const { code, performance: performance_id, gate, key } = scan;
    if (!key) { return true; }
    const body = { code, performance_id, ...(gate ? { gate } : {}) };
    const asked = await ask('post', '/v1/operator/check-ins', { body, key });
    if (!asked.ok && isOpen(asked.problem)) { return false; }
    if (asked.ok) {
      this.sent += 1;
      await this.drop(scan.scan_id);
    } else {
      // Then it is told of as a scan, as all others.
      delete scan.key;
      await keepScan(scan);
    }
    return true;
  }

  /** @param {Scan[]} scans */
  async #merge(scans) {
    const said = scans.map(({ scan_id, code, scanned_at, gate }) => ({ scan_id, code, scanned_at, ...(gate ? { gate } : {}) }));
    const asked = await ask('post', '/v1/operator/scans', { body: { scans: said }, key: newKey() });
    if (!asked.ok) { return false; }
    for (const { scan_id, result, first } of asked.data.scans) {
      const scan = scans.find((one) => one.scan_id === scan_id);
      if (scan && result !== 'checked_in') { this.told = [{ scan, result, first }, ...this.told]; }
      this.sent += 1;
      await this.drop(scan_id);
    }
    return true;
  }
}
