// A backup brings back what was there, and clients are told to forget what came after it.

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { Person } from './people.mjs';

const run = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
const expect = (fine, fault) => {
  if (!fine) throw new Error(fault);
};
const contents = async (person, conversationId) => {
  const { body } = await person.ask('GET', `/api/v1/conversations/${conversationId}/messages`);
  return body.data.messages.map((message) => message.content).reverse().join();
};

const [alice, bob] = [await Person.arrive(), await Person.arrive()];
const conversationId = await alice.group([bob]);
await alice.listen(conversationId);
await alice.say('kept');
const before = alice.epoch;

run('./backup.sh', 'backups');
const [file] = readdirSync('backups');
expect(/^trice-.*Z\.dump$/.test(file), `the backup is called ${file}`);
await alice.say('lost');
expect((await contents(alice, conversationId)) === 'kept,lost', 'the second message was not stored');

run('./restore.sh', `backups/${file}`);
expect((await contents(alice, conversationId)) === 'kept', 'the backup did not bring back what was there');
while (alice.epoch === before) await new Promise((resolve) => setTimeout(resolve, 50));
await alice.say('after');
expect((await contents(alice, conversationId)) === 'kept,after', 'it does not go on');

// What is no backup is refused before anything is touched.
try {
  run('./restore.sh', '.env');
  throw new Error('a file that is no backup was taken');
} catch (error) {
  expect(error.status === 1, error.message);
}
expect((await contents(alice, conversationId)) === 'kept,after', 'a refused file changed something');
alice.leave();
bob.agent.destroy();
console.log('backup: brought back');
