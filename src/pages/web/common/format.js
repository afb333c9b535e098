// Money, instants and lengths of time as people write them. Instants are shown in the venue's zone, wherever the buyer is.

import { language } from '../words/index.js';

let money = { currency: 'KRW', decimals: 0 };

/** Learns what the venue's amounts are minor units of.
 * @param {{ currency: string, currency_decimals: number }} venue */
export function setCurrency(venue) {
  money = { currency: venue.currency, decimals: venue.currency_decimals };
}

/** @param {number} amount in minor units */
export function price(amount) {
  const value = amount / 10 ** money.decimals;
  const digits = { minimumFractionDigits: money.decimals, maximumFractionDigits: money.decimals };
  // What Koreans write; the locale's own style puts a sign before the number.
  if (language() === 'ko' && money.currency === 'KRW') { return `${new Intl.NumberFormat('ko', digits).format(value)}원`; }
  const style = /** @type {const} */ ('currency');
  return new Intl.NumberFormat(language(), { ...digits, style, currency: money.currency }).format(value);
}

/** What somebody typed as money, in minor units; none for what is no amount.
 * @param {string} text */
export function minorUnits(text) {
  const value = Number(text.replace(/[\s,]/g, ''));
  return text.trim() && Number.isFinite(value) && value > 0 ? Math.round(value * 10 ** money.decimals) : null;
}

/** How many decimals the currency has. */
export const decimals = () => money.decimals;

/** @param {number} count */
export const number = (count) => new Intl.NumberFormat(language()).format(count);

/** Day and time.
 * @param {string} instant RFC 3339
 * @param {string} timeZone */
export function dateTime(instant, timeZone) {
  const options = /** @type {const} */ ({
    year: 'numeric', month: 'long', day: 'numeric', weekday: 'short', hour: 'numeric', minute: '2-digit', timeZone,
  });
  return new Intl.DateTimeFormat(language(), options).format(new Date(instant));
}

/** Minutes and seconds, hours where there are any: 4:05.
 * @param {number} seconds */
export function clockTime(seconds) {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const two = (/** @type {number} */ part) => String(part).padStart(2, '0');
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A length of time in its largest units.
 * @param {number} seconds */
export function duration(seconds) {
  const unit = (/** @type {number} */ value, /** @type {string} */ of) =>
    new Intl.NumberFormat(language(), { style: 'unit', unit: of, unitDisplay: 'long' }).format(value);
  if (seconds < 90) { return unit(Math.round(seconds), 'second'); }
  if (seconds < 90 * 60) { return unit(Math.round(seconds / 60), 'minute'); }
  if (seconds < 48 * 3600) { return unit(Math.round(seconds / 3600), 'hour'); }
  return unit(Math.round(seconds / 86400), 'day');
}
