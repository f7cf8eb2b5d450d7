export { patchUser } from './cache';
export { UserSearch } from './components/UserSearch';
export { WithMe } from './components/WithMe';
export { followUsers } from './live';
export { PrivacySettings, ProfileSettings } from './pages';
export { isSearchable, meQuery, searchUsersQuery } from './queries';
