import { describe, expect, test } from 'vitest';
import { countCharacters, initials, isEmojiOnly, linkify } from './text';

const links = (text: string) =>
  linkify(text)
    .filter((part) => part.kind === 'link')
    .map((part) => part.value);

describe('linkify', () => {
  test('keeps the text around a link', () => {
    expect(linkify('see https://example.org/a now')).toEqual([
      { kind: 'text', value: 'see ' },
      { kind: 'link', value: 'https://example.org/a' },
      { kind: 'text', value: ' now' },
    ]);
  });

  test.each([
    ['Is it https://example.org?', 'https://example.org'],
    ['(https://example.org/a)', 'https://example.org/a'],
    ['https://en.example.org/wiki/Trice_(unit).', 'https://en.example.org/wiki/Trice_(unit)'],
    ['"https://example.org"', 'https://example.org'],
  ])('leaves the sentence out of %j', (text, link) => {
    expect(links(text)).toEqual([link]);
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', 'ftp://example.org', 'example.org', 'https://'])(
    'makes no link of %j',
    (text) => {
      expect(links(text)).toEqual([]);
    },
  );

  test('loses no character', () => {
    const text = 'a https://example.org), b http://x.org/?q=1. c';
    expect(
      linkify(text)
        .map((part) => part.value)
        .join(''),
    ).toBe(text);
  });
});

test.each([
  ['🎉', true],
  ['👩‍👩‍👧 ❤️', true],
  ['🇫🇷🇩🇪', true],
  ['👍🏽', true],
  ['🎉🎉🎉🎉', false],
  ['1', false],
  ['ok 👍', false],
  ['', false],
])('emoji only: %j is %s', (text, expected) => {
  expect(isEmojiOnly(text)).toBe(expected);
});

test.each([
  ['Alice Example', 'AE'],
  ['alice', 'A'],
  ['Ana Maria de Souza', 'AS'],
  ['  ', ''],
])('initials of %j are %j', (name, expected) => {
  expect(initials(name)).toBe(expected);
});

test('characters are code points', () => {
  expect(countCharacters('a😀')).toBe(2);
});
