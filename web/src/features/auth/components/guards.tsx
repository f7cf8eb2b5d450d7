import { type Location, Navigate, Outlet, useLocation } from 'react-router';
import { useSession } from '../useSession';

/** Pages for people who are logged in; others log in first and come back to where they wanted to go. */
export function RequireSession() {
  const session = useSession();
  const location = useLocation();
  return session ? <Outlet /> : <Navigate to="/login" replace state={{ from: location }} />;
}

/** Pages for people who are not logged in; others go on to where they wanted to go. */
export function RequireNoSession() {
  const session = useSession();
  const state: { from?: Location } | null = useLocation().state;
  return session ? <Navigate to={state?.from ?? '/'} replace /> : <Outlet />;
}
