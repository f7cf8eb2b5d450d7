import type { Location } from 'react-router';

const parameter = 'next';

/** The login page, which leads back to `wanted`. */
export function loginPath({ pathname, search, hash }: Pick<Location, 'pathname' | 'search' | 'hash'>): string {
  const wanted = pathname + search + hash;
  return wanted === '/' ? '/login' : `/login?${new URLSearchParams({ [parameter]: wanted })}`;
}

/**
 * Where to go after logging in: where one wanted to go, if that is a page of ours. Anybody can write a link to the
 * login page, and it must not lead to another site.
 */
export function nextPath(search: string): string {
  const wanted = new URLSearchParams(search).get(parameter) ?? '/';
  const url = URL.canParse(wanted, window.location.origin) ? new URL(wanted, window.location.origin) : null;
  if (!wanted.startsWith('/') || url?.origin !== window.location.origin) return '/';
  // The parser has made some paths look like hosts, such as "/.//example.org".
  if (url.pathname.startsWith('//') || /^\/(login|register)\b/.test(url.pathname)) return '/';
  return url.pathname + url.search + url.hash;
}
