import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { minifySync, type Plugin } from 'vite';

const source = join(import.meta.dirname, '../src/boot.js');

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
      const { code } = minifySync(source, readFileSync(source, 'utf8'));
      name = `assets/boot-${createHash('sha256').update(code).digest('base64url').slice(0, 8)}.js`;
      this.emitFile({ type: 'asset', fileName: name, source: code });
    },
    transformIndexHtml: {
      order: 'post',
      handler: () => [
        building
          ? { tag: 'script', attrs: { src: `/${name}` }, injectTo: 'head-prepend' }
          : { tag: 'script', children: readFileSync(source, 'utf8'), injectTo: 'head-prepend' },
      ],
    },
  };
}
