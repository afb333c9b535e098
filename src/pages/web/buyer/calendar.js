// A ticket as an entry of a calendar (RFC 5545).

import { seatName } from '../seat-map/spoken.js';

/** @import { Schemas } from '../../types/client.js' */

/** How long an evening is taken to be, where nothing says so. */
const HOURS = 2;

/** @param {string} text */
const escaped = (text) => text.replace(/[\\;,]/g, (one) => `\\${one}`).replace(/\n/g, '\\n');

/** @param {Date} date */
const stamp = (date) => date.toISOString().replace(/[-:]|\.\d+/g, '');

/** No line may be longer than 75 bytes: what is longer goes on after a blank.
 * @param {string} line */
function folded(line) {
  let [out, bytes] = ['', 0];
  for (const letter of line) {
    const size = new TextEncoder().encode(letter).length;
    if (bytes + size > 73) { [out, bytes] = [`${out}\r\n `, 1]; }
    [out, bytes] = [out + letter, bytes + size];
  }
  return out;
}

/** The file as an address.
 * @param {Schemas['TicketView']} ticket @param {string} venue */
export function calendarOf(ticket, venue) {
  const starts = new Date(ticket.starts_at);
  const lines = [
    'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//boxoffice//tickets//EN', 'BEGIN:VEVENT',
    // Not the code: who sees the calendar is let in nowhere by it.
    `UID:${ticket.payment_id}-${ticket.seat.id}@boxoffice`, `DTSTAMP:${stamp(starts)}`, `DTSTART:${stamp(starts)}`,
    `DTEND:${stamp(new Date(starts.getTime() + HOURS * 3_600_000))}`,
    `SUMMARY:${escaped(ticket.concert)}`, `LOCATION:${escaped(`${venue}, ${ticket.hall}`)}`,
    `DESCRIPTION:${escaped(seatName(ticket.seat))}`, 'END:VEVENT', 'END:VCALENDAR', '',
  ];
  return `data:text/calendar;charset=utf-8,${encodeURIComponent(lines.map(folded).join('\r\n'))}`;
}
