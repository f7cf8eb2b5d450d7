export { RequireNoSession, RequireSession } from './components/guards';
export { LoginPage, RegisterPage } from './pages';
export { useLogout } from './queries';
export { useSession } from './useSession';
