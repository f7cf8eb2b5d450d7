import { Navigate, Outlet, useLocation } from 'react-router';
import { lastEnding } from '@/api';
import { useStore } from '@/ui/useStore';
import { loginPath, nextPath } from '../nextPath';
import { useSession } from '../useSession';

/** Pages for people who are logged in; others log in first and come back to where they wanted to go. */
export function RequireSession() {
  const session = useSession();
  const ending = useStore(lastEnding);
  const location = useLocation();
  if (session) return <Outlet />;
  // Who went on purpose is not expected back where they were; whoever comes next starts afresh.
  const gone = ending === 'left' || ending === 'deleted';
  return <Navigate to={gone ? '/login' : loginPath(location)} replace />;
}

/** Pages for people who are not logged in; others go on to where they wanted to go. */
export function RequireNoSession() {
  const session = useSession();
  const { search } = useLocation();
  return session ? <Navigate to={nextPath(search)} replace /> : <Outlet />;
}
