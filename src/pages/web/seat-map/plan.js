// Plans of performances: asked for once, before the turn comes if possible. A plan never changes; another one has another name.

import { call } from '../common/api.js';

/** @import { Problem, Schemas } from '../../types/client.js' */

/** @type {Map<string, Schemas['PlanView']>} by their names */
const known = new Map();
/** @type {Map<string, string>} the name of a performance's plan, as it was last seen */
const names = new Map();

/** The plan of a performance: the one of this name, or what it is now.
 * @param {string} performance @param {string} [name] @returns {Promise<{ plan: Schemas['PlanView'] } | { problem: Problem }>} */
export async function planOf(performance, name = names.get(performance)) {
  const kept = name === undefined ? undefined : known.get(name);
  if (kept) { return { plan: kept }; }
  const params = { performance_id: performance };
  const asked = await call('get', '/v1/performances/{performance_id}/plan', { params, query: name === undefined ? {} : { plan: name }, cached: true });
  if (!asked.ok) { return { problem: asked.problem }; }
  known.set(asked.data.plan, asked.data);
  names.set(performance, asked.data.plan);
  return { plan: asked.data };
}
