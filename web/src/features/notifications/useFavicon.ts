import { useEffect } from 'react';
import { useUnreadTotal } from './useUnreadTotal';

const plain = '/favicon.svg';

/** Shows on the icon of the tab how much is unread. */
export function useFavicon(): void {
  const unread = useUnreadTotal();
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (icon) icon.href = unread > 0 ? badged(unread) : plain;
    return () => {
      if (icon) icon.href = plain;
    };
  }, [unread]);
}

/** The icon, smaller by a badge. It is a picture of its own, because one picture cannot show another as an icon. */
function badged(count: number): string {
  const text = count > 99 ? '99+' : String(count);
  const size = [0, 26, 24, 18][text.length];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><path fill="#3f57d8" d="M24 3C11.85 3 2 11.73 2 22.5c0 6.06 3.12 11.47 8 15.05V44a1.2 1.2 0 0 0 1.86 1l7.02-4.5c1.66.33 3.4.5 5.12.5 12.15 0 22-8.23 22-18.5S36.15 3 24 3Z"/><circle cx="32" cy="32" r="16" fill="#c62a2f"/><text x="32" y="33" fill="#fff" font-family="system-ui,sans-serif" font-weight="700" font-size="${size}" text-anchor="middle" dominant-baseline="central">${text}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
