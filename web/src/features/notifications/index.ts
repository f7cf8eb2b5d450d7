export { PageTitle } from './components/PageTitle';
export { followNotifications } from './live';
export { NotificationSettings } from './pages';
export { useNotifications } from './useNotifications';
