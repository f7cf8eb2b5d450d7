import { expect, test } from 'vitest';
import { fuzzyFilter, fuzzyScore } from './fuzzy';

test.each([
  ['prod', 'Product team'],
  ['team prod', 'Product team'],
  ['kuche', 'WG Küche'],
  ['ZOE', 'Zoë Ångström'],
  ['ptm', 'Product team'],
  ['שפ', 'Tandem · שפות'],
  ['', 'anything'],
])('%j finds %j', (query, text) => {
  expect(fuzzyScore(query, text)).not.toBeNull();
});

test.each([
  ['xyz', 'Product team'],
  ['tp', 'Product team'],
  ['team hike', 'Product team'],
])('%j does not find %j', (query, text) => {
  expect(fuzzyScore(query, text)).toBeNull();
});

test('the better it fits, the earlier it comes', () => {
  const names = ['Weekend makers', 'Marathon', 'Summary', 'Kim Mara', 'Mara'];
  expect(fuzzyFilter('mara', names, String)).toEqual(['Mara', 'Marathon', 'Kim Mara']);
  expect(fuzzyFilter('mar', names, String)).toEqual(['Mara', 'Marathon', 'Kim Mara', 'Summary', 'Weekend makers']);
});

test('nothing asked for leaves everything in its order', () => {
  const names = ['b', 'a'];
  expect(fuzzyFilter('  ', names, String)).toBe(names);
});
