import { defineConfig } from 'vite';
import { boot } from './vite/boot.ts';
import { precompress } from './vite/precompress.ts';

// The page at /api/docs, beside the app and after it. A build of its own: in one with the app, what both need would become
// one more file of the app's first load.
export default defineConfig({
  plugins: [boot(), precompress()],
  build: {
    emptyOutDir: false,
    license: { fileName: 'api/licenses.txt' },
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Swagger UI comes in one piece.
    chunkSizeWarningLimit: 2000,
    copyPublicDir: false,
    rolldownOptions: { input: 'api/docs.html' },
  },
});
