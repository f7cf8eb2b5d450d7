export { allConversations, applyMessage } from './cache';
export { ConversationHeader } from './components/ConversationHeader';
export { ConversationList } from './components/ConversationList';
export { ConversationUnavailable } from './components/ConversationUnavailable';
export { NewChatDialog, Switcher } from './dialogs';
export { followConversations } from './live';
export { conversationName } from './names';
export { conversationsQuery } from './queries';
export { useConversation } from './useConversation';
