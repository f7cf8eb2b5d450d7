import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, test } from 'vitest';
import { storeInOtherTab } from '@/test/otherTab';
import { chooseTheme, theme } from './theme';

const boot = readFileSync(join(import.meta.dirname, '../boot.js'), 'utf8');
/** What the next page does before its first paint. */
const bootPage = () => runInNewContext(`{${boot}}`, { localStorage, document, location });
const shown = () => document.documentElement.dataset.theme;

beforeEach(() => {
  document.head.innerHTML = `
    <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff">
    <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#15171f">`;
  chooseTheme('system');
});

describe('a theme', () => {
  test.each(['light', 'dark'] as const)(
    'that is chosen is shown, and by the next page before its first paint (%s)',
    (chosen) => {
      chooseTheme(chosen);
      expect(shown()).toBe(chosen);
      delete document.documentElement.dataset.theme;
      bootPage();
      expect(shown()).toBe(chosen);
    },
  );

  test('like the system is nothing to keep', () => {
    chooseTheme('dark');
    chooseTheme('system');
    bootPage();
    expect(shown()).toBeUndefined();
    expect(localStorage.getItem('trice.theme')).toBeNull();
  });

  test('colours the bars around the page', () => {
    const bars = () => [...document.querySelectorAll('meta')].map(({ content }) => content);
    chooseTheme('dark');
    expect(bars()).toEqual(['#15171f', '#15171f']);
    chooseTheme('system');
    expect(bars()).toEqual(['#ffffff', '#15171f']);
  });

  test('that is chosen in another tab is shown here', () => {
    storeInOtherTab('trice.theme', 'dark');
    expect(theme.get()).toBe('dark');
    expect(shown()).toBe('dark');
  });

  test.each(['"purple"', '{', '7'])('that is none is like the system (%s)', (stored) => {
    localStorage.setItem('trice.theme', stored);
    bootPage();
    expect(shown()).toBeUndefined();
  });
});
