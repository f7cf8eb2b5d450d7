import { expect, test, vi } from 'vitest';
import { forgetPerson, personalKey, readStored, writeStored } from './storage';

test('what is written can be read, until it is forgotten', () => {
  writeStored('trice.thing', { a: 1 });
  expect(readStored('trice.thing')).toEqual({ a: 1 });
  writeStored('trice.thing', null);
  expect(readStored('trice.thing')).toBeNull();
});

test('what is not ours, or broken, reads as nothing', () => {
  localStorage.setItem('trice.thing', '{"a":');
  expect(readStored('trice.thing')).toBeNull();
});

test('a person is forgotten entirely, and nobody else', () => {
  for (const name of ['outbox', 'drafts', 'something.new']) writeStored(personalKey(name, 'alice'), 'secret');
  writeStored(personalKey('outbox', 'bob'), 'kept');
  writeStored('trice.theme', 'dark');
  forgetPerson('alice');
  expect(Object.keys(localStorage).sort()).toEqual(['trice.outbox.bob', 'trice.theme']);
});

test('a person is forgotten, too, where the browser keeps nothing', () => {
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  writeStored(personalKey('outbox', 'alice'), 'secret');
  expect(readStored(personalKey('outbox', 'alice'))).toBe('secret');
  forgetPerson('alice');
  expect(readStored(personalKey('outbox', 'alice'))).toBeNull();
});
