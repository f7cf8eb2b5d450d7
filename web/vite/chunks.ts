import { join } from 'node:path';

/** What the bundler says of a module. */
type Graph = { getModuleInfo(id: string): { importedIds: readonly string[] } | null };

const source = (path: string) => join(import.meta.dirname, '../src', path);
/** Names hundreds of icons, of which few are used: all of these go where they are needed first. */
const icons = /\/lucide-react\//;
/** Named by an index file; only forms use it. */
const forms = /\/zod(\.gen\.ts$|\/)/;

/**
 * Which file a module goes into, among those that people wait for: the app begins with one, and the chat is another one.
 * Left to itself the bundler cuts what many parts share into as many files as there are ways to share it, and a browser
 * asks a server for six at once.
 */
export function chunkOf(id: string, graph: Graph): string | null {
  if (forms.test(id)) return null;
  const neededBy = (entry: string) => imports(source(entry), graph).has(id);
  if (icons.test(id) || neededBy('main.tsx')) return 'app';
  if (!neededBy('app/chat/index.ts')) return null;
  return neededBy('features/auth/components/RegisterPage.tsx') ? 'app' : 'chat';
}

const known = new Map<string, Set<string>>();

/** Everything that a module imports statically, by whichever way. */
function imports(entry: string, graph: Graph): Set<string> {
  const existing = known.get(entry);
  if (existing) return existing;
  const found = new Set([entry]);
  for (const next = [entry]; next.length > 0; ) {
    for (const id of graph.getModuleInfo(next.pop() ?? '')?.importedIds ?? []) {
      if (found.has(id)) continue;
      found.add(id);
      next.push(id);
    }
  }
  known.set(entry, found);
  return found;
}
