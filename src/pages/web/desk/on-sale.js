// What the counter can sell: the dates to come of all published concerts, with their grades and standing sections.

import { call } from '../common/api.js';

/** @import { Problem, Schemas } from '../../types/client.js' */

/** @typedef {{ id: string, title: string, local: string, date: Schemas['ConcertDateView'], standing: Map<string, string> }} OnSale */

/** Dates to come, the next first.
 * @returns {Promise<{ dates: OnSale[] } | { problem: Problem }>} */
export async function dates() {
  const listed = await call('get', '/v1/concerts', { query: { limit: 50 } });
  if (!listed.ok) { return { problem: listed.problem }; }
  const shown = await Promise.all(listed.data.concerts.map(({ id }) => call('get', '/v1/concerts/{concert_id}', { params: { concert_id: id } })));
  /** @type {OnSale[]} */
  const all = [];
  for (const concert of shown) {
    if (!concert.ok) { return { problem: concert.problem }; }
    for (const date of concert.data.dates.filter(({ sale }) => sale !== 'over' && sale !== 'cancelled')) {
      const plan = await call('get', '/v1/performances/{performance_id}/plan', { params: { performance_id: date.performance_id }, cached: true });
      const standing = plan.ok ? plan.data.sections.filter(({ kind }) => kind === 'standing') : [];
      all.push({
        id: date.performance_id, title: concert.data.title, local: `${date.local_date} ${date.local_time}`, date,
        standing: new Map(standing.map(({ grade, name }) => [grade ?? '', name])),
      });
    }
  }
  return { dates: all.sort((one, other) => Date.parse(one.date.starts_at) - Date.parse(other.date.starts_at)) };
}

/** @param {OnSale} of */
export const gradesOf = (of) => of.date.grades;

/** The standing section of a grade, if it is one.
 * @param {OnSale} of @param {string} grade */
export const standingOf = (of, grade) => of.standing.get(grade);
