import { useCallback, useEffect, useRef } from 'react';
import { useLocation, useNavigate } from 'react-router';

/**
 * A dialog that belongs to the page, kept in the browser's history: going back closes it, like everything on a phone.
 * `panel` is the one that is open, if it is one of `panels`.
 */
export function usePanel<P extends string>(panels: readonly P[]) {
  const location = useLocation();
  const navigate = useNavigate();
  const state: { panel?: unknown } | null = location.state;
  const panel = panels.find((each) => each === state?.panel) ?? null;

  // Going back takes a moment, in which Esc may be pressed again.
  const closing = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: every move in the history is another page
  useEffect(() => {
    closing.current = false;
  }, [location.key]);

  const open = useCallback(
    // To where one is, not to what this part of the page belongs to: what else is open stays.
    (next: P) => navigate(location, { state: { ...location.state, panel: next } }),
    [navigate, location],
  );
  const close = useCallback(() => {
    if (closing.current) return;
    closing.current = true;
    navigate(-1);
  }, [navigate]);
  return { panel, open, close };
}
