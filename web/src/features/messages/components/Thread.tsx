import { useQueryClient } from '@tanstack/react-query';
import { Copy, Reply, Trash2 } from 'lucide-react';
import { Suspense, useCallback, useMemo, useRef, useState } from 'react';
import type { Conversation } from '@/api';
import { TypingLine } from '@/features/typing';
import { copyText } from '@/lib/clipboard';
import { Menu, type MenuAction } from '@/ui/Menu';
import { canDelete, canReply, isReadable, type MessageActions, MessageActionsContext } from '../actions';
import type { MessageItem } from '../timeline';
import { useGoal } from '../useGoal';
import { useMessages } from '../useMessages';
import { useOpening } from '../useOpening';
import { Composer } from './Composer';
import { DeleteMessageDialog } from './DeleteMessageDialog';
import { Messages } from './Messages';

type Props = { conversation: Conversation; name: string; me: string };

/** What was said in a conversation, and what is to be said. */
export function Thread({ conversation, name, me }: Props) {
  const { id, participants } = conversation;
  const group = conversation.type === 'group';
  const leads = group && participants.some(({ user, role }) => user.id === me && role !== 'member');
  const opening = useOpening(conversation);
  const messages = useMessages(id, me, opening);
  const { goal, show, showEnd } = useGoal(useQueryClient(), id, messages.items, messages.toEnd);

  const input = useRef<HTMLTextAreaElement>(null);
  const [selected, setSelected] = useState<string | null>(null);
  const [replyTo, setReplyTo] = useState<MessageItem | null>(null);
  const [menu, setMenu] = useState<{ item: MessageItem; at: { x: number; y: number } } | null>(null);
  const [toDelete, setToDelete] = useState<MessageItem | null>(null);
  const closeMenu = useCallback(() => setMenu(null), []);
  const write = useCallback(() => {
    setSelected(null);
    input.current?.focus();
  }, []);

  const actions = useMemo<MessageActions>(
    () => ({
      openMenu: (item, at) => setMenu({ item, at }),
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
      show,
    }),
    [leads, show, write],
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
        <Menu label="Message" at={menu.at} actions={menuActions(menu.item, leads, actions)} onClose={closeMenu} />
      )}
      <Suspense>
        {toDelete && <DeleteMessageDialog item={toDelete} conversationId={id} onClose={() => setToDelete(null)} />}
      </Suspense>
    </MessageActionsContext>
  );
}

function menuActions(item: MessageItem, leads: boolean, { reply, copy, askToDelete }: MessageActions): MenuAction[] {
  return [
    ...(canReply(item) ? [{ label: 'Reply', icon: Reply, onSelect: () => reply(item) }] : []),
    ...(isReadable(item) ? [{ label: 'Copy text', icon: Copy, onSelect: () => copy(item) }] : []),
    ...(canDelete(item, leads)
      ? [{ label: 'Delete', icon: Trash2, danger: true, onSelect: () => askToDelete(item) }]
      : []),
  ];
}
