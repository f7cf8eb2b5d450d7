// An update under a steady load: update.mjs DEPLOY [fails]. No message is lost or shown twice, no request fails, and nobody
// is without a socket for more than five seconds; also when the new version does not start and the old one comes back.

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Person } from './people.mjs';

const [deploy, fails] = process.argv.slice(2);
const longest = 5_000;

// One after the other: passwords are hashed two at a time.
const people = [];
for (let n = 0; n < 12; n += 1) people.push(await Person.arrive());
const [polling, posting] = [await Person.arrive(['polling']), await Person.arrive()];
const everybody = [...people, polling, posting];
const conversationId = await people[0].group(everybody.slice(1));
await Promise.all(everybody.map((person) => person.listen(conversationId)));

let going = true;
const faults = [];
const work = (each, pause) =>
  (async () => {
    for (let n = 1; going; n += 1) {
      await each(n).catch((error) => faults.push(error.message));
      await sleep(pause);
    }
  })();
const load = [
  ...[...people, polling].map((person) => work((n) => person.say(`${n}`), 50 + Math.random() * 100)),
  work((n) => posting.post(`${n}`), 20),
];

await sleep(1_000);
const code = await new Promise((resolve) => spawn(deploy, { stdio: 'inherit' }).on('close', resolve));
if ((code !== 0) !== (fails === 'fails')) faults.push(`${deploy} ended with ${code}`);
await sleep(1_000);
going = false;
await Promise.all(load);

const stored = new Map(everybody.flatMap((person) => [...person.stored]));
const total = stored.size;
// Everybody gets the rest.
for (let waits = 0; waits < 100 && everybody.some((person) => person.head < total); waits += 1) await sleep(100);

const numbers = [...stored.values()].sort((a, b) => a - b);
if (numbers.some((seq, at) => seq !== at + 1)) faults.push('the numbers of what was stored have holes or doubles');
for (const person of everybody) {
  const missing = numbers.filter((seq) => !person.shown.has(seq));
  const name = `${everybody.indexOf(person)} (${person.transports[0]})`;
  if (missing.length > 0) faults.push(`${name} missed ${missing} of ${total}; own: ${missing.map((seq) => [...person.stored.values()].includes(seq))}`);
  if (new Set(person.shown.values()).size !== total) faults.push(`${name} was shown something else than was stored`);
  if (person.twice.length > 0) faults.push(`${name} was shown ${person.twice} twice`);
}
const gaps = everybody.flatMap((person) => person.gaps.map(Math.round)).sort((a, b) => b - a);
if (gaps.length === 0) faults.push('nobody had to move, so nothing was tried');
if (gaps[0] > longest) faults.push(`somebody had no socket for ${gaps[0]} ms`);
for (const person of everybody) person.leave();

const holes = everybody.reduce((sum, person) => sum + person.holes, 0);
console.log(
  `update: ${total} messages, ${gaps.length} sockets moved, the longest gap ${gaps[0]} ms, the median ${gaps[gaps.length >> 1]} ms, ` +
    `${holes} holes asked for`,
);
for (const fault of faults.slice(0, 20)) console.error(`update: ${fault}`);
process.exit(faults.length > 0 ? 1 : 0);
