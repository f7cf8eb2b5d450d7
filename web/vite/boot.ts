import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IndexHtmlTransformContext, minifySync, type Plugin } from 'vite';

const source = join(import.meta.dirname, '../src/boot.js');
/** A classic script's names are everybody's: these stay its own. */
const code = () => `{${readFileSync(source, 'utf8')}}`;

/** Puts `src/boot.js` in front of everything, as a classic script: a file of its own in the build, inline in development. */
export function boot(): Plugin {
  let building = false;
  let name = '';
  return {
    name: 'boot',
    configResolved(config) {
      building = config.command === 'build';
    },
    generateBundle() {
      if (!building) return;
      const small = minifySync(source, code()).code;
      name = `assets/boot-${createHash('sha256').update(small).digest('base64url').slice(0, 8)}.js`;
      this.emitFile({ type: 'asset', fileName: name, source: small });
    },
    transformIndexHtml: {
      order: 'post',
      handler: (_, { bundle }) => [
        building
          ? { tag: 'script', attrs: { src: `/${name}`, 'data-chat': chatFiles(bundle) }, injectTo: 'head-prepend' }
          : { tag: 'script', children: code(), injectTo: 'head-prepend' },
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
