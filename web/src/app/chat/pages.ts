// All that a chat shows, in one file: it is loaded by itself where nobody is logged in, and with the rest where somebody is.
export { ChatPanes } from './ChatPanes';
export { ConversationPage } from './ConversationPage';
export { NothingOpen } from './NothingOpen';
