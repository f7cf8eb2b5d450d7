export { RequireNoSession, RequireSession } from './components/guards';
export { DeleteAccount, DeviceSettings, LoginPage, PasswordSettings, RegisterPage } from './pages';
export { useLogout } from './queries';
export { useSession } from './useSession';
