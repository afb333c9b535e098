// What a seat looks like. Never by colour alone: free is a filled disc in its grade's colour, large enough with the grade's
// letter; one's own is larger, with a ring and a tick; held is a ring, sold a small cross, kept from sale a small dot.

import { PITCH } from './layout.js';
import { AVAILABLE, HELD, SOLD } from './model.js';

/** @import { Seats } from './model.js' */
/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Context */
/** @typedef {{ ground: string, ink: string, faint: string, mine: string, grades: string[] }} Colours */

/** What a seat is made for, beside what is written on it. */
export const GLYPHS = { standard: '', wheelchair: '♿\u{fe0e}', companion: '+', restricted_view: '◐' };

/** Okabe and Ito's colours, told apart by nearly all eyes; the dark ones first, which stand out on white. */
const LIGHT = ['#0072b2', '#b84f00', '#007a5a', '#a04a80', '#7a6000', '#2b6f99', '#5c5c5c'];
const DARK = ['#56b4e9', '#e69f00', '#2ec4a0', '#e08fc0', '#f0e442', '#8fb8ff', '#c0c0c0'];

/** @returns {Colours} as the browser shows things now */
export function colours() {
  if (matchMedia('(forced-colors: active)').matches) {
    return { ground: 'Canvas', ink: 'CanvasText', faint: 'GrayText', mine: 'Highlight', grades: ['LinkText'] };
  }
  return matchMedia('(prefers-color-scheme: dark)').matches
    ? { ground: '#16181c', ink: '#f2f2f2', faint: '#8d939b', mine: '#ffffff', grades: DARK }
    : { ground: '#ffffff', ink: '#1c1e21', faint: '#767b82', mine: '#111111', grades: LIGHT };
}

/** @param {Colours} look @param {number} grade */
export const gradeColour = (look, grade) => look.grades[grade % look.grades.length] ?? look.ink;

/** The letter that says a grade where its colour does not.
 * @param {Seats} seats @param {number} grade */
export const gradeLetter = (seats, grade) => seats.grades[grade]?.name.slice(0, 1).toUpperCase() ?? '';

/**
 * Paints many seats, one path for each look.
 * @param {Context} context scaled to the plan's units
 * @param {Seats} seats
 * @param {Iterable<number>} which
 * @param {Colours} look
 */
export function paintSeats(context, seats, which, look) {
  /** @type {Map<string, number[]>} */
  const alike = new Map();
  for (const index of which) {
    const kind = seats.mine[index] ? 'mine' : `${seats.state[index]}${seats.state[index] === AVAILABLE ? seats.grade[index] : ''}`;
    const group = alike.get(kind);
    group ? group.push(index) : alike.set(kind, [index]);
  }
  for (const group of alike.values()) { paintAlike(context, seats, group, look); }
}

/** @param {Context} context @param {Seats} seats @param {number[]} group @param {Colours} look */
function paintAlike(context, seats, group, look) {
  const first = group[0] ?? 0;
  const state = seats.state[first];
  context.beginPath();
  if (seats.mine[first]) {
    discs(context, seats, group, PITCH * 0.46);
    context.fillStyle = look.mine;
    context.fill();
    tick(context, seats, group, look);
  } else if (state === AVAILABLE) {
    discs(context, seats, group, PITCH * 0.38);
    context.fillStyle = gradeColour(look, seats.grade[first] ?? 0);
    context.fill();
  } else if (state === HELD) {
    discs(context, seats, group, PITCH * 0.3);
    context.lineWidth = PITCH * 0.09;
    context.strokeStyle = look.faint;
    context.stroke();
  } else if (state === SOLD) {
    crosses(context, seats, group, PITCH * 0.16);
    context.lineWidth = PITCH * 0.08;
    context.strokeStyle = look.faint;
    context.stroke();
  } else {
    discs(context, seats, group, PITCH * 0.1);
    context.fillStyle = look.faint;
    context.fill();
  }
}

/** @param {Context} context @param {Seats} seats @param {number[]} group @param {number} radius */
function discs(context, seats, group, radius) {
  for (const index of group) {
    const [x, y] = [seats.x[index] ?? 0, seats.y[index] ?? 0];
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 7);
  }
}

/** @param {Context} context @param {Seats} seats @param {number[]} group @param {number} arm */
function crosses(context, seats, group, arm) {
  for (const index of group) {
    const [x, y] = [seats.x[index] ?? 0, seats.y[index] ?? 0];
    context.moveTo(x - arm, y - arm);
    context.lineTo(x + arm, y + arm);
    context.moveTo(x - arm, y + arm);
    context.lineTo(x + arm, y - arm);
  }
}

/** @param {Context} context @param {Seats} seats @param {number[]} group @param {Colours} look */
function tick(context, seats, group, look) {
  context.beginPath();
  for (const index of group) {
    const [x, y] = [seats.x[index] ?? 0, seats.y[index] ?? 0];
    context.moveTo(x - PITCH * 0.2, y);
    context.lineTo(x - PITCH * 0.05, y + PITCH * 0.16);
    context.lineTo(x + PITCH * 0.22, y - PITCH * 0.16);
  }
  context.lineWidth = PITCH * 0.1;
  context.strokeStyle = look.ground;
  context.stroke();
}

/** Writes what is on each seat, where there is room for it.
 * @param {Context} context @param {Seats} seats @param {Iterable<number>} which @param {Colours} look @param {number} scale */
export function paintLabels(context, seats, which, look, scale) {
  const size = Math.min(PITCH * 0.34, 15 / scale);
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = look.ground;
  for (const index of which) {
    if (seats.state[index] !== AVAILABLE || seats.mine[index]) { continue; }
    const glyph = GLYPHS[seats.seat(index).kind];
    context.fillText(`${glyph}${seatLabel(seats, index)}`, seats.x[index] ?? 0, seats.y[index] ?? 0, PITCH * 0.66);
  }
}

/** What is written on a seat.
 * @param {Seats} seats @param {number} index */
export const seatLabel = (seats, index) => seats.seat(index).label;
