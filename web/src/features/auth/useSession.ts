import { type Session, session } from '@/api';
import { useStore } from '@/ui/useStore';

export function useSession(): Session | null {
  return useStore(session);
}
