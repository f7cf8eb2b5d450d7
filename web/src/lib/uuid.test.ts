import { expect, test } from 'vitest';
import { uuid, uuidTime } from './uuid';

test('is a version 4 UUID, another one each time', () => {
  expect(uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(uuid()).not.toBe(uuid());
});

test('a version 7 UUID says when it was made', () => {
  expect(new Date(uuidTime('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')).toISOString()).toBe('2022-02-22T19:22:22.000Z');
});
