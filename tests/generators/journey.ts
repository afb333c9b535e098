// A buyer's journey, and an operator's morning, through the client that openapi-typescript makes of the document.
//   node out/journey.js http://127.0.0.1:8080 OPERATOR_KEY      (see ../../.ci/generators)
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

declare const process: { argv: string[] };
const baseUrl = process.argv[2] ?? 'http://127.0.0.1:8080';
const operatorKey = process.argv[3] ?? '';
const api = createClient<paths>({ baseUrl });
const bearer = (credential: string) => ({ Authorization: `Bearer ${credential}` });

// What came, or the problem as the failure.
function good<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) { throw new Error(`${answer.response.url}: ${JSON.stringify(answer.error)}`); }
  return answer.data;
}

function check(holds: boolean, what: string): void {
  if (!holds) { throw new Error(what); }
}

function some<T>(value: T | undefined, what: string): T {
  if (value === undefined) { throw new Error(`no ${what}`); }
  return value;
}

async function firstEvent(token: string): Promise<components['schemas']['PositionView']> {
  const { data } = await api.GET('/v1/queue/position/stream', { parseAs: 'stream', headers: bearer(token) });
  const reader = some(data ?? undefined, 'stream').getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes('\n\n')) {
    const { done, value } = await reader.read();
    check(!done, 'the stream ended before its first event');
    text += decoder.decode(value as Uint8Array, { stream: true });
  }
  await reader.cancel();
  check(text.includes('event:position') || text.includes('event: position'), `an event of another name: ${text}`);
  const line = some(text.split('\n').find((line) => line.startsWith('data:')), 'data');
  return JSON.parse(line.slice('data:'.length));
}

async function buy(): Promise<void> {
  const email = `typescript-${Date.now()}@example.org`;
  const { session } = good(await api.POST('/v1/users', { body: { email, password: 'correct horse', name: 'Tess' } }));
  good(await api.POST('/v1/sessions', { body: { email, password: 'correct horse' } }));
  const { concerts } = good(await api.GET('/v1/concerts'));
  const concert = some(concerts.find((concert) => concert.title === 'Demo Concert'), 'demo concert');
  const path = { concert_id: concert.id };
  check(good(await api.GET('/v1/concerts/{concert_id}', { params: { path } })).queue_state === 'open', 'not open');
  const key = { 'Idempotency-Key': `typescript-${Date.now()}` };
  const asBuyer = { headers: bearer(session.secret) };
  const { token } = good(await api.POST('/v1/concerts/{concert_id}/queue/tokens',
    { params: { path, header: key }, ...asBuyer }));
  good(await api.GET('/v1/concerts/{concert_id}/queue/tokens/current', { params: { path }, ...asBuyer }));
  const inside = { headers: bearer(token) };
  const position = good(await api.GET('/v1/queue/position', inside));
  check(position.status === 'admitted' && position.reason === undefined, 'not let in');
  const until = new Date(some(position.admitted_until, 'end of the visit'));
  check(Date.now() < until.getTime(), 'the visit is over');
  check((await firstEvent(token)).status === 'admitted', 'the stream says otherwise');

  const { dates } = good(await api.GET('/v1/dates', inside));
  const performance_id = some(dates[0], 'date').performance_id;
  const seats = '/v1/performances/{performance_id}/seats';
  const map = good(await api.GET(seats, { params: { path: { performance_id } }, ...inside }));
  const hold = good(await api.POST('/v1/holds', { body: { performance_id, best: { grade: 'R', quantity: 2 } }, ...inside }));
  const since = { params: { path: { performance_id }, query: { since: map.version } }, ...inside };
  const changes = good(await api.GET(seats, since));
  check('seats' in changes && changes.seats.length >= 2 && changes.seats.every((seat) => !('grade' in seat)), 'no list of changes');
  check(good(await api.GET('/v1/holds', inside)).holds.length === 1, 'one hold');

  const seat_ids = hold.seats.map((seat) => seat.id);
  const poor = await api.POST('/v1/payments', { body: { seat_ids, amount: hold.amount }, ...inside });
  check(poor.error !== undefined && 'needed' in poor.error && poor.error.needed === hold.amount, 'no typed problem');
  good(await api.POST('/v1/balance/top-ups', { body: { amount: hold.amount }, ...inside }));
  const pay = { params: { header: key }, body: { seat_ids, amount: hold.amount }, ...inside };
  const paid = good(await api.POST('/v1/payments', pay));
  check(good(await api.POST('/v1/payments', pay)).id === paid.id, 'paid twice');
  const code = some(paid.tickets[0], 'ticket').code;
  const ticket = good(await api.GET('/v1/tickets/{code}', { params: { path: { code } }, ...asBuyer }));
  check(ticket.payment_id === paid.id, 'another payment');
  const page = good(await api.GET('/v1/balance/postings', { params: { query: { limit: 1 } }, ...asBuyer }));
  check(page.postings.length === 1 && page.next_cursor !== undefined, 'one posting of two');
  check(good(await api.GET('/v1/payments', asBuyer)).next_cursor === undefined, 'one page');
  console.log(`openapi-typescript: ends with the ticket ${ticket.code}`);
}

async function sell(): Promise<void> {
  const desk = { headers: bearer(operatorKey) };
  const rows = [{ name: 'A', seats: 4, grade: 'R' }, { name: 'B', seats: [1, 3, 5], grade: 'R' }];
  const hall = good(await api.POST('/v1/operator/halls', { body: { name: 'Annex', sections: [{ name: 'Floor', rows }] }, ...desk }));
  const concert = good(await api.POST('/v1/operator/concerts',
    { body: { title: 'TypeScript', time_zone: 'Asia/Seoul', queue: { max_admitted: 5 } }, ...desk }));
  const starts_at = new Date(Date.now() + 30 * 24 * 3600 * 1000).toISOString();
  good(await api.POST('/v1/operator/performances',
    { body: { concert_id: concert.id, hall_id: hall.id, starts_at, prices: { R: 1000 } }, ...desk }));
  const path = { concert_id: concert.id };
  const queue = good(await api.PATCH('/v1/operator/concerts/{concert_id}/queue',
    { params: { path }, body: { max_admitted: null, admissions_per_minute: 30 }, ...desk }));
  check(queue.max_admitted === undefined && queue.admissions_per_minute === 30, 'not changed');
}

await buy();
await sell();
