import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IndexHtmlTransformContext, minifySync, type Plugin } from 'vite';

const source = join(import.meta.dirname, '../src/boot.js');
/** A classic script's names are everybody's: these stay its own. */
const code = () => `{${readFileSync(source, 'utf8')}}`;

/** Puts `src/boot.js` in front of everything, inline: as a file it would come one way to the server and back later. */
export function boot(): Plugin {
  let building = false;
  return {
    name: 'boot',
    configResolved(config) {
      building = config.command === 'build';
    },
    transformIndexHtml: {
      order: 'post',
      handler: (_, { bundle }) => [
        {
          tag: 'script',
          attrs: { 'data-chat': building && chatFiles(bundle) },
          children: building ? minifySync(source, code()).code : code(),
          injectTo: 'head-prepend',
        },
      ],
    },
  };
}

/** The addresses of what the chat needs and the app does not. */
function chatFiles(bundle: IndexHtmlTransformContext['bundle'] = {}): string | false {
  const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
  const closure = (name: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(name)) return seen;
    seen.add(name);
    for (const next of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) closure(next, seen);
    return seen;
  };
  const app = chunks.find(({ name }) => name === 'app');
  const chat = chunks.find(({ name }) => name === 'chat');
  if (!app || !chat) return false;
  const loaded = closure(app.fileName);
  return [...closure(chat.fileName)]
    .filter((name) => !loaded.has(name))
    .map((name) => `/${name}`)
    .join(' ');
}
