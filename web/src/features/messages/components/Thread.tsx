import { useQueryClient } from '@tanstack/react-query';
import { CheckCheck, Copy, Reply, Trash2 } from 'lucide-react';
import { type RefObject, useCallback, useMemo, useRef, useState } from 'react';
import { type KnownConversation, useMyRole } from '@/features/conversations';
import { ReadersPopover, useFreshCounts } from '@/features/receipts';
import { TypingLine } from '@/features/typing';
import { copyText } from '@/lib/clipboard';
import { Menu } from '@/ui/dialogs';
import type { MenuItem } from '@/ui/Menu';
import {
  canDelete,
  canReply,
  canShowReaders,
  isReadable,
  type MessageActions,
  MessageActionsContext,
  type Point,
} from '../actions';
import type { MessageItem } from '../timeline';
import { useGoal } from '../useGoal';
import { useMarkRead } from '../useMarkRead';
import { useMessages } from '../useMessages';
import { useOpening } from '../useOpening';
import { Composer } from './Composer';
import { DeleteMessageDialog } from './DeleteMessageDialog';
import { Messages } from './Messages';

type OpenMenu = { item: MessageItem; row: RefObject<HTMLElement | null>; at: Point };

type OpenReaders = { item: MessageItem; id: string; anchor: RefObject<HTMLElement | null> };

type Props = { conversation: KnownConversation; name: string; me: string };

/** What was said in a conversation, and what is to be said. */
export function Thread({ conversation, name, me }: Props) {
  const { id } = conversation;
  const group = conversation.type === 'group';
  const role = useMyRole(conversation, me);
  const leads = group && (role === 'owner' || role === 'admin');
  const opening = useOpening(conversation);
  const messages = useMessages(id, me, opening);
  useFreshCounts(id, group);
  const onSeen = useMarkRead(id, messages.items);
  const { goal, show, showEnd } = useGoal(useQueryClient(), id, messages.items, messages.toEnd);

  const input = useRef<HTMLTextAreaElement>(null);
  const [selected, setSelected] = useState<string | null>(null);
  const [replyTo, setReplyTo] = useState<MessageItem | null>(null);
  const [menu, setMenu] = useState<OpenMenu | null>(null);
  const [readers, setReaders] = useState<OpenReaders | null>(null);
  const [toDelete, setToDelete] = useState<MessageItem | null>(null);
  const write = useCallback(() => {
    setSelected(null);
    input.current?.focus();
  }, []);

  const actions = useMemo<MessageActions>(
    () => ({
      me,
      openMenu: (item, row, at) => setMenu({ item, row: { current: row }, at }),
      reply: (item) => {
        if (!canReply(item)) return;
        setReplyTo(item);
        write();
      },
      copy: (item) => {
        if (isReadable(item)) void copyText(item.content);
      },
      askToDelete: (item) => {
        if (canDelete(item, leads)) setToDelete(item);
      },
      showReaders: (item, asked) => {
        if (item.id) setReaders({ item, id: item.id, anchor: { current: asked } });
      },
      show,
    }),
    [me, leads, show, write],
  );

  const selectLastOwn = () => {
    const last = messages.items.findLast((item) => item.kind === 'message' && item.own);
    setSelected(last?.key ?? null);
    return last !== undefined;
  };

  return (
    <MessageActionsContext value={actions}>
      <Messages
        conversationId={id}
        name={name}
        group={group}
        messages={messages}
        opensAtUnread={opening.unreadAfter !== null}
        goal={goal}
        onShowEnd={showEnd}
        selected={selected}
        onSelect={setSelected}
        onWrite={write}
        onSeen={onSeen}
      />
      <TypingLine conversation={conversation} />
      <Composer
        conversationId={id}
        name={name}
        me={me}
        input={input}
        replyTo={replyTo}
        onReplyDone={() => setReplyTo(null)}
        onSelectLastOwn={selectLastOwn}
        onSent={showEnd}
      />
      {menu && (
        <Menu
          label="Message"
          items={menuItems(menu, group, leads, actions)}
          anchor={menu.row}
          at={menu.at}
          onClose={() => setMenu(null)}
        />
      )}
      {readers && (
        <ReadersPopover
          conversationId={id}
          messageId={readers.id}
          known={readers.item.readCount}
          me={me}
          anchor={readers.anchor}
          onClose={() => setReaders(null)}
        />
      )}
      {toDelete && <DeleteMessageDialog item={toDelete} conversationId={id} onClose={() => setToDelete(null)} />}
    </MessageActionsContext>
  );
}

function menuItems({ item, row }: OpenMenu, group: boolean, leads: boolean, actions: MessageActions): MenuItem[] {
  const { reply, copy, showReaders, askToDelete } = actions;
  return [
    ...(canReply(item) ? [{ label: 'Reply', icon: Reply, onSelect: () => reply(item) }] : []),
    ...(isReadable(item) ? [{ label: 'Copy text', icon: Copy, onSelect: () => copy(item) }] : []),
    ...(group && canShowReaders(item)
      ? [{ label: 'Read by', icon: CheckCheck, onSelect: () => showReaders(item, row.current) }]
      : []),
    ...(canDelete(item, leads)
      ? [{ label: 'Delete', icon: Trash2, danger: true, onSelect: () => askToDelete(item) }]
      : []),
  ];
}
