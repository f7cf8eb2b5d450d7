import { describe, expect, test } from 'vitest';
import { loginPath, nextPath } from './nextPath';

const next = (wanted: string) => nextPath(`?${new URLSearchParams({ next: wanted })}`);

test.each(['/c/1', '/c/1?message=7&x=a%20b', '/settings/devices#here', '/c/ü'])('%s survives a login', (wanted) => {
  const url = new URL(wanted, window.location.origin);
  const login = new URL(loginPath(url), window.location.origin);
  expect(login.pathname).toBe('/login');
  expect(nextPath(login.search)).toBe(url.pathname + url.search + url.hash);
});

test('the start page needs no mention', () => {
  expect(loginPath({ pathname: '/', search: '', hash: '' })).toBe('/login');
  expect(nextPath('')).toBe('/');
});

describe('nothing leads to another site', () => {
  test.each([
    'https://example.org/',
    '//example.org',
    '///example.org',
    '/\\example.org',
    '\\\\example.org',
    '/\t/example.org',
    '/\n/example.org',
    ' //example.org',
    '/.//example.org',
    '/..//example.org',
    '/x/..//example.org',
    'javascript:alert(1)',
    'data:text/html,hello',
    'c/1',
    '',
    'http://[',
  ])('%j', (wanted) => {
    expect(next(wanted)).toBe('/');
  });
});

test.each(['/login', '/login?next=/c/1', '/register'])('%s leads in no circle', (wanted) => {
  expect(next(wanted)).toBe('/');
});
