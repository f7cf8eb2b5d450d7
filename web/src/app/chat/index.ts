export { AppShell } from '../shell/AppShell';
export { ChatPanes } from './ChatPanes';
export { ConversationPage } from './ConversationPage';
export { NothingOpen } from './NothingOpen';
