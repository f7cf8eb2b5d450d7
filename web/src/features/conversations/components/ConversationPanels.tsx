import type { Conversation } from '@/api';
import type { ConversationPanel } from '../panels';
import { AddPeopleDialog } from './AddPeopleDialog';
import { DeleteDialog } from './DeleteDialog';
import { EditGroupDialog } from './EditGroupDialog';
import { LeaveDialog } from './LeaveDialog';
import { MembersDialog } from './MembersDialog';
import { PersonDialog } from './PersonDialog';

export type PanelProps = { conversation: Conversation; me: string; onClose: () => void };

type Props = PanelProps & { panel: ConversationPanel; onOpen: (panel: ConversationPanel) => void };

/** The dialog about a conversation that is open. */
export function ConversationPanels({ panel, onOpen, ...props }: Props) {
  switch (panel) {
    case 'members':
      return <MembersDialog {...props} onOpen={onOpen} />;
    case 'add':
      return <AddPeopleDialog {...props} />;
    case 'edit':
      return <EditGroupDialog {...props} />;
    case 'leave':
      return <LeaveDialog {...props} />;
    case 'delete':
      return <DeleteDialog {...props} />;
    case 'person':
      return <PersonDialog {...props} onOpen={onOpen} />;
  }
}
