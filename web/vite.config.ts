import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { boot } from './vite/boot.ts';
import { chunkOf } from './vite/chunks.ts';
import { precompress } from './vite/precompress.ts';

const server = 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [react(), tailwindcss(), boot(), precompress()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    proxy: {
      '/api': server,
      '/health': server,
      '/socket.io': { target: server, ws: true },
    },
  },
  build: {
    // What the libraries' licences ask for.
    license: { fileName: 'licenses.txt' },
    // Inlined assets would be data: addresses, which the Content-Security-Policy forbids.
    assetsInlineLimit: 0,
    // Every browser that knows the CSS in use here preloads modules by itself.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: chunkOf, debugName: 'app and chat' }],
        },
      },
      treeshake: {
        // Only these do something by being imported. All else comes with what uses it, so that a page that is loaded
        // on demand takes its parts out of the first load, although an index file names them there.
        moduleSideEffects: [
          { test: /\.css$|\/src\/(main\.tsx|ui\/theme\.ts|api\/(client|session|renewal)\.ts)$/, sideEffects: true },
          { test: /\/src\//, sideEffects: false },
        ],
        // Zod's schemas are made by calls; those that no form uses are left out.
        manualPureFunctions: ['z'],
      },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
    // Whole pages are drawn, in as many files at once as there are cores.
    testTimeout: 20_000,
  },
});
