// How the front end is built: hashed files in dist/assets, nothing inlined (the CSP forbids it),
// and a .br and .gz twin beside every file that gains from it.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { firstPaint } from './build/first-paint.ts';
import { identity } from './build/identity.ts';
import { precompress } from './build/precompress.ts';

/** Where `npm run dev` finds the server. */
const server = 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/',
  plugins: [svelte(), firstPaint(), identity(), precompress()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // The editor and the terminal are this large; the sign-in page loads neither.
    chunkSizeWarningLimit: 1000,
  },
  server: { proxy: { '/api': { target: server, ws: true } } },
});
