import { LogOut, Pencil, Trash2, UserPlus, UserRound, UsersRound } from 'lucide-react';
import type { Conversation } from '@/api';
import type { MenuItem } from '@/ui/Menu';
import { MenuButton } from '@/ui/MenuButton';
import { type ConversationPanel, ConversationPanels, useConversationPanel } from '../panels';
import { rightsOf } from '../rules';
import { useMyRole } from '../useMyRole';

/** What can be done with the conversation, as far as one may, and the dialogs in which it is done. */
export function ConversationMenu({ conversation, me }: { conversation: Conversation; me: string }) {
  const { panel, open, close } = useConversationPanel();
  const rights = rightsOf(conversation.type, useMyRole(conversation, me));
  const group = conversation.type === 'group';

  const item = (allowed: boolean, panel: ConversationPanel, label: string, icon: MenuItem['icon']): MenuItem[] =>
    allowed ? [{ label, icon, danger: panel === 'leave' || panel === 'delete', onSelect: () => open(panel) }] : [];
  const items = [
    ...item(!group, 'person', 'Profile', UserRound),
    ...item(group, 'members', 'Members', UsersRound),
    ...item(rights.addPeople, 'add', 'Add people', UserPlus),
    ...item(rights.edit, 'edit', 'Name and picture', Pencil),
    ...item(rights.leave, 'leave', 'Leave group', LogOut),
    ...item(rights.delete, 'delete', group ? 'Delete group' : 'Delete chat', Trash2),
  ];
  return (
    <>
      <MenuButton label={group ? 'Group menu' : 'Chat menu'} items={items} />
      {panel && <ConversationPanels panel={panel} conversation={conversation} me={me} onOpen={open} onClose={close} />}
    </>
  );
}
