// The office as its operator and other buyers use it, for what the pages' checks need around them.
import { readdirSync, readFileSync } from 'node:fs';

export class Office {
  /** @param mails the folder of the mails that it sends */
  constructor(server, operatorKey, mails) {
    this.mails = mails;
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
  async concert({ title, sections = 2, rows = 8, seats = 12, inside = null, standing = 0, prices, settings = {} }) {
    const grades = ['VIP', 'R', 'S', 'A'];
    const section = (at) => ({
      name: `Section ${at + 1}`,
      rows: Array.from({ length: rows }, (_, row) => ({ name: String(row + 1), seats, grade: grades[Math.min(3, Math.floor(4 * row / rows))] })),
    });
    const floor = standing ? [{ name: 'Floor', capacity: standing, grade: 'Standing' }] : [];
    const hall = await this.desk('POST', '/halls', { name: `${title} hall`, sections: [...Array.from({ length: sections }, (_, at) => section(at)), ...floor] });
    const concert = await this.desk('POST', '/concerts', { title, time_zone: 'Asia/Seoul', queue: { max_admitted: inside }, ...settings });
    const each = Object.fromEntries(grades.slice(0, Math.min(4, rows)).map((grade, at) => [grade, 150_000 - at * 20_000]));
    const cost = prices ?? { prices: { ...each, ...(standing ? { Standing: 44_000 } : {}) } };
    const starts = new Date(Date.now() + 30 * 86_400_000).toISOString();
    const performance = await this.desk('POST', '/performances', { concert_id: concert.id, hall_id: hall.id, starts_at: starts, ...cost });
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

  /** The secret in the newest mail to this address whose text fits. */
  async secretTo(email, fits) {
    for (const begun = Date.now(); Date.now() - begun < 20_000; await new Promise((done) => setTimeout(done, 200))) {
      const names = readdirSync(this.mails).filter((name) => name.endsWith('.eml')).sort().reverse();
      for (const name of names) {
        const text = decoded(readFileSync(`${this.mails}/${name}`, 'utf8'));
        const secret = text.includes(email) && fits.test(text) && /^[\w-]{43}$/m.exec(text)?.[0];
        if (secret) { return secret; }
      }
    }
    throw new Error(`no mail to ${email} that fits ${fits}`);
  }
}

/** A letter as its reader sees it: the parts out of what mail servers carry. */
function decoded(letter) {
  const plain = letter.replace(/=\n/g, '').replace(/(=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString());
  return letter.replace(/\n\n((?:[A-Za-z0-9+/]{4,76}=*\n?)+)/g, (_, bytes) => `\n\n${Buffer.from(bytes, 'base64')}\n`) + plain;
}
