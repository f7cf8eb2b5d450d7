export { applyMessage } from './cache';
export { ConversationHeader } from './components/ConversationHeader';
export { ConversationList } from './components/ConversationList';
export { NewChatDialog } from './dialogs';
export { followConversations } from './live';
export { conversationName } from './names';
export { useConversation } from './useConversation';
