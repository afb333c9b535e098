// A hall as it is edited: rows with every seat where it is, standing areas, the stage. It is never changed but replaced, part by
// part, so that what was before can be taken back at no cost. Pure: no screen, no office.

/** @import { Schemas } from '../../types/client.js' */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {NonNullable<Schemas['SpecialSeatView']['kind']>} Kind */
/** @typedef {Readonly<{ label: string, x: number, y: number, kind: Kind, grade?: string, note?: string, gap?: number }>} Seat `grade` where it is not its row's */
/** @typedef {Readonly<{ section: string, floor?: string, name: string, grade: string, seats: readonly Seat[] }>} Row */
/** @typedef {Readonly<{ name: string, floor?: string, grade: string, capacity: number, outline: readonly Point[] }>} Area */
/** What is written in it, at its middle. @typedef {Readonly<{ text: string, x: number, y: number, size: number }>} Sign */
/** @typedef {Readonly<{ name: string, floors: readonly string[], stage: readonly Point[], focal?: Point, colors: Record<string, string>, signs: readonly Sign[], rows: readonly Row[], areas: readonly Area[] }>} Hall */
/** A seat by its row and its place in it. @typedef {{ row: number, seat: number }} At */

/** From seat to seat, and from row to row, in centimetres, where nobody says otherwise. */
export const [SEAT, PITCH] = [55, 90];
/** What one who stands takes of the floor, in square centimetres. */
const STANDING = 4000;

/** @returns {Hall} */
export const emptyHall = () => ({ name: '', floors: [], stage: rectangle(0, -250, 900, 200), colors: {}, signs: [], rows: [], areas: [] });

/** @param {number} x its middle @param {number} y @param {number} width @param {number} height @returns {Point[]} */
export const rectangle = (x, y, width, height) => [
  { x: x - width / 2, y: y - height / 2 }, { x: x + width / 2, y: y - height / 2 }, { x: x + width / 2, y: y + height / 2 }, { x: x - width / 2, y: y + height / 2 },
];

/** From what the office shows: what is said of the hall, and where everything of it is.
 * @param {Schemas['HallRequest']} said @param {Schemas['PlanView']} plan @returns {Hall} */
export function fromPlan(said, plan) {
  const floorOf = new Map(plan.sections.map(({ name, floor }) => [name, floor]));
  const rows = plan.rows.map((row) => {
    const special = new Map(row.special?.map((seat) => [seat.seat, seat]));
    let [x, y] = [0, 0];
    const seats = row.labels.map((label, at) => {
      x += row.x[at] ?? 0;
      y += row.y[at] ?? 0;
      const { grade, kind = /** @type {const} */ ('standard'), note, gap_before: gap } = special.get(at) ?? {};
      return { label, x, y, kind, ...(grade ? { grade } : {}), ...(note ? { note } : {}), ...(gap ? { gap } : {}) };
    });
    const floor = floorOf.get(row.section);
    return { section: row.section, name: row.row, grade: row.grade, seats, ...(floor ? { floor } : {}) };
  });
  const areas = plan.sections.filter(({ kind }) => kind === 'standing').map((area) => ({
    name: area.name, grade: area.grade ?? '', capacity: area.capacity, outline: area.outline ?? [], ...(area.floor ? { floor: area.floor } : {}),
  }));
  return {
    name: said.name, floors: plan.floors, stage: plan.stage, colors: said.colors ?? {}, signs: plan.signs, rows, areas, ...(said.focal ? { focal: said.focal } : {}),
  };
}

/** As the office takes it: sections in the order of their first rows.
 * @param {Hall} hall @returns {Schemas['HallRequest']} */
export function toRequest(hall) {
  /** @type {Schemas['SectionRequest'][]} */
  const sections = [];
  for (const row of hall.rows) {
    const last = sections.at(-1);
    const made = {
      name: row.name, grade: row.grade,
      seats: row.seats.map(({ label, x, y, kind, grade, note, gap }) => ({
        label, x: round(x), y: round(y), ...(kind === 'standard' ? {} : { kind }), ...(grade ? { grade } : {}), ...(note ? { note } : {}), ...(gap ? { gap_before: gap } : {}),
      })),
    };
    if (last?.name === row.section && last.rows) { last.rows.push(made); } else {
      sections.push({ name: row.section, rows: [made], ...(row.floor ? { floor: row.floor } : {}) });
    }
  }
  const areas = hall.areas.map((area) => ({
    name: area.name, capacity: area.capacity, grade: area.grade, outline: area.outline.map(rounded), ...(area.floor ? { floor: area.floor } : {}),
  }));
  return {
    name: hall.name, sections: [...sections, ...areas],
    ...(hall.floors.length ? { floors: [...hall.floors] } : {}), ...(hall.stage.length ? { stage: hall.stage.map(rounded) } : {}),
    ...(hall.signs.length ? { signs: hall.signs.map(({ text, size, ...at }) => ({ text, size, ...rounded(at) })) } : {}),
    ...(hall.focal ? { focal: hall.focal } : {}), ...(Object.keys(hall.colors).length ? { colors: hall.colors } : {}),
  };
}

/** @param {number} length */
const round = (length) => Math.round(length * 100) / 100;
/** @param {Point} point */
const rounded = ({ x, y }) => ({ x: round(x), y: round(y) });

/** A, B … Z, AA; without letters that are taken for digits, if so wished.
 * @param {number} at @param {boolean} [skip] I and O @returns {string} */
export function rowName(at, skip = false) {
  const letters = skip ? 'ABCDEFGHJKLMNPQRSTUVWXYZ' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const rest = Math.floor(at / letters.length);
  return (rest ? rowName(rest - 1, skip) : '') + letters[at % letters.length];
}

/** What is written on so many seats.
 * @param {number} count @param {'right' | 'left' | 'odd' | 'even' | 'middle'} scheme @param {number} first @returns {string[]} */
export function numbers(count, scheme, first) {
  const all = Array.from({ length: count }, (_, at) => at);
  const number = {
    right: (/** @type {number} */ at) => first + at,
    left: (/** @type {number} */ at) => first + count - 1 - at,
    odd: (/** @type {number} */ at) => 2 * at + 1,
    even: (/** @type {number} */ at) => 2 * at + 2,
    // As in a house numbered from its middle: odd to the left, even to the right.
    middle: (/** @type {number} */ at) => { const half = Math.ceil(count / 2); return at < half ? 2 * (half - at) - 1 : 2 * (at - half) + 2; },
  }[scheme];
  return all.map((at) => String(number(at)));
}

/** Rows of a block behind each other, straight or on arcs about a point before it.
 * @param {{ section: string, grade: string, rows: number, seats: number, x: number, y: number, curve: number, firstRow: number }} of `curve` is the first row's radius, 0 for straight ones
 * @returns {Row[]} */
export function block({ section, grade, rows, seats, x, y, curve, firstRow }) {
  return Array.from({ length: rows }, (_, row) => ({
    section, grade, name: rowName(firstRow + row),
    seats: numbers(seats, 'right', 1).map((label, at) => {
      const [along, radius] = [(at - (seats - 1) / 2) * SEAT, curve + row * PITCH];
      const place = curve > 0 ? { x: x + radius * Math.sin(along / radius), y: y + radius * Math.cos(along / radius) - curve } : { x: x + along, y: y + row * PITCH };
      return { label, kind: /** @type {const} */ ('standard'), ...place };
    }),
  }));
}

/** A round table: its seats about it.
 * @param {{ section: string, grade: string, name: string, seats: number, x: number, y: number }} of @returns {Row} */
export function table({ section, grade, name, seats, x, y }) {
  const radius = Math.max(SEAT, seats * SEAT / (2 * Math.PI));
  return {
    section, grade, name,
    seats: numbers(seats, 'right', 1).map((label, at) => {
      const angle = 2 * Math.PI * at / seats;
      return { label, kind: /** @type {const} */ ('standard'), x: x + radius * Math.sin(angle), y: y - radius * Math.cos(angle) };
    }),
  };
}

/** @param {{ name: string, grade: string, capacity: number, x: number, y: number }} of @returns {Area} */
export function area({ name, grade, capacity, x, y }) {
  const side = Math.sqrt(capacity * STANDING);
  return { name, grade, capacity, outline: rectangle(x, y, side, side) };
}

/** Changes some seats; rows of which none is chosen stay what they are.
 * @param {Hall} hall @param {ReadonlyMap<number, ReadonlySet<number>>} chosen places by row @param {(seat: Seat, row: Row) => Seat | undefined} change nothing takes the seat away
 * @returns {Hall} */
export function changeSeats(hall, chosen, change) {
  const rows = hall.rows.flatMap((row, at) => {
    const places = chosen.get(at);
    if (!places?.size) { return [row]; }
    const seats = row.seats.flatMap((seat, place) => {
      const changed = places.has(place) ? change(seat, row) : seat;
      return changed ? [changed] : [];
    });
    return seats.length ? [{ ...row, seats }] : [];
  });
  return { ...hall, rows };
}

/** The chosen seats' middle.
 * @param {Hall} hall @param {ReadonlyMap<number, ReadonlySet<number>>} chosen @returns {Point} */
export function middleOf(hall, chosen) {
  let [x, y, count] = [0, 0, 0];
  for (const [row, places] of chosen) {
    for (const place of places) {
      const seat = hall.rows[row]?.seats[place];
      if (seat) { [x, y, count] = [x + seat.x, y + seat.y, count + 1]; }
    }
  }
  return count ? { x: x / count, y: y / count } : { x: 0, y: 0 };
}

/** Asked for several times at each step, of halls that never change. @template T @param {(hall: Hall) => T} reckon @returns {(hall: Hall) => T} */
function once(reckon) {
  /** @type {WeakMap<Hall, T>} */
  const known = new WeakMap();
  return (hall) => {
    const had = known.get(hall);
    if (had !== undefined) { return had; }
    const made = reckon(hall);
    known.set(hall, made);
    return made;
  };
}

/** How many seats it has. */
export const seatCount = once((hall) => hall.rows.reduce((sum, row) => sum + row.seats.length, 0));

/** All price levels, in the order in which they come. */
export const gradesOf = once((hall) => {
  const all = new Set(hall.rows.map(({ grade }) => grade));
  for (const row of hall.rows) { for (const { grade } of row.seats) { if (grade) { all.add(grade); } } }
  for (const { grade } of hall.areas) { all.add(grade); }
  all.delete('');
  return [...all];
});
