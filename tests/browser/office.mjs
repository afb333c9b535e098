// The office as its operator and other buyers use it, for what the pages' checks need around them.

export class Office {
  constructor(server, operatorKey) {
    this.server = server;
    this.operatorKey = operatorKey;
  }

  async ask(method, path, { credential, body, expect = 0 } = {}) {
    const headers = { 'Content-Type': 'application/json' };
    if (credential) { headers['Authorization'] = `Bearer ${credential}`; }
    const answer = await fetch(`${this.server}/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (expect ? answer.status !== expect : !answer.ok) { throw new Error(`${method} ${path}: ${answer.status} ${text}`); }
    return text ? JSON.parse(text) : undefined;
  }

  desk(method, path, body) { return this.ask(method, `/operator${path}`, { credential: this.operatorKey, body }); }

  /** Puts a hall of so many sections on sale. */
  async concert({ title, sections = 2, rows = 8, seats = 12, inside = null }) {
    const grades = ['VIP', 'R', 'S', 'A'];
    const section = (at) => ({
      name: `Section ${at + 1}`,
      rows: Array.from({ length: rows }, (_, row) => ({ name: String(row + 1), seats, grade: grades[Math.min(3, Math.floor(4 * row / rows))] })),
    });
    const hall = await this.desk('POST', '/halls', { name: `${title} hall`, sections: Array.from({ length: sections }, (_, at) => section(at)) });
    const concert = await this.desk('POST', '/concerts', { title, time_zone: 'Asia/Seoul', queue: { max_admitted: inside } });
    const prices = Object.fromEntries(grades.map((grade, at) => [grade, 150_000 - at * 20_000]));
    const used = Object.fromEntries(Object.entries(prices).slice(0, Math.min(4, rows)));
    const starts = new Date(Date.now() + 30 * 86_400_000).toISOString();
    const performance = await this.desk('POST', '/performances', { concert_id: concert.id, hall_id: hall.id, starts_at: starts, prices: used });
    return { id: concert.id, performance: performance.id };
  }

  /** A buyer who has joined a queue. */
  async buyer(concert) {
    const made = await this.desk('POST', '/sessions', { count: 1 });
    const { secret, user_id: id } = made.sessions[0];
    const { token } = await this.ask('POST', `/concerts/${concert}/queue/tokens`, { credential: secret });
    return { id, secret, token };
  }

  leave(buyer) { return this.ask('DELETE', '/queue/tokens/current', { credential: buyer.token }); }

  hold(buyer, performance, seats) {
    return this.ask('POST', '/holds', { credential: buyer.token, body: { performance_id: performance, seat_ids: seats } });
  }

  async seats(buyer, performance) {
    return (await this.ask('GET', `/performances/${performance}/seats`, { credential: buyer.token })).seats;
  }
}
