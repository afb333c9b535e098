// A mail server that keeps what it is given: each letter as a file, by its order.
//   node post-box.mjs FOLDER      (writes its port into FOLDER/port)
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

const folder = process.argv[2];
let letters = 0;

const server = createServer((socket) => {
  let [heard, letter] = ['', null];
  const say = (line) => socket.write(`${line}\r\n`);
  const hear = (line) => {
    if (letter) {
      if (line !== '.') { return void letter.push(line.replace(/^\.\./, '.')); }
      const name = `${folder}/${String(letters++).padStart(4, '0')}`;
      writeFileSync(`${name}.part`, letter.join('\n'));
      renameSync(`${name}.part`, `${name}.eml`);
      letter = null;
      return say('250 kept');
    }
    const command = line.slice(0, 4).toUpperCase();
    if (command === 'DATA') { letter = []; }
    say({ EHLO: '250-here\r\n250 8BITMIME', DATA: '354 go on', QUIT: '221 bye' }[command] ?? '250 ok');
    if (command === 'QUIT') { socket.end(); }
  };
  socket.on('error', () => {});
  socket.on('data', (data) => {
    heard += data;
    const lines = heard.split('\r\n');
    heard = lines.pop() ?? '';
    lines.forEach(hear);
  });
  say('220 here');
});
server.listen(0, '127.0.0.1', () => writeFileSync(`${folder}/port`, String(server.address().port)));
