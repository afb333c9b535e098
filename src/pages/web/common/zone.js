// Times of day where the venue is, as instants and back.

/** What a clock shows there, as an instant.
 * @param {string} local `2026-12-24T19:30` @param {string} timeZone */
export function instantAt(local, timeZone) {
  const wanted = Date.parse(`${local}Z`);
  const first = wanted - (shown(wanted, timeZone) - wanted);
  return new Date(first - (shown(first, timeZone) - wanted)).toISOString();
}

/** An instant as a clock there shows it, as a field for day and time takes it.
 * @param {string | undefined} instant RFC 3339 @param {string} timeZone */
export const localAt = (instant, timeZone) =>
  instant ? new Date(shown(Date.parse(instant), timeZone)).toISOString().slice(0, 16) : '';

/** What a clock there shows, counted as if it were UTC.
 * @param {number} at @param {string} timeZone */
function shown(at, timeZone) {
  const parts = /** @type {const} */ ({
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone,
  });
  const of = Object.fromEntries(new Intl.DateTimeFormat('en', parts).formatToParts(at).map(({ type, value }) => [type, value]));
  return Date.parse(`${of['year']}-${of['month']}-${of['day']}T${of['hour']}:${of['minute']}:${of['second']}Z`);
}
