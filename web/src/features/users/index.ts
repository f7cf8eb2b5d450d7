export { UserSearch } from './components/UserSearch';
export { meQuery } from './queries';
