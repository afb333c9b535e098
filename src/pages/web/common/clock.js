// The server's time. A phone's clock may be wrong by hours; what is promised until an instant is measured by the office's.
// Every answer's `Date` bounds the difference to this page's own steady clock; together they narrow it to some
// milliseconds. Nothing here may ask for the device's time, but before the first answer.

let least = -Infinity;
let most = Infinity;

/**
 * Learns from an answer's `Date`, which is cut to whole seconds.
 * @param {string | null} date
 * @param {number} sent of `performance.now()`
 * @param {number} received
 */
export function learn(date, sent, received) {
  const second = Date.parse(date ?? '');
  if (Number.isNaN(second)) { return; }
  const [low, high] = [second - received, second + 1000 - sent];
  // They cannot disagree unless this page's clock stood still, as in a sleep.
  const slept = low > most || high < least;
  least = slept ? low : Math.max(least, low);
  most = slept ? high : Math.min(most, high);
}

/** Milliseconds since 1970, by the server. */
export function now() {
  return Number.isFinite(least) ? performance.now() + (least + most) / 2 : Date.now();
}

/**
 * Whole seconds until an instant, none once it is past.
 * @param {string} instant RFC 3339
 */
export function secondsUntil(instant) {
  return Math.max(0, Math.ceil((Date.parse(instant) - now()) / 1000));
}
