// What must be there before the first paint: a tiny external script that sets the theme (the CSP
// allows no inline one, and a module would run too late), and the two fonts of the sign-in page.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { HtmlTagDescriptor, Plugin } from 'vite';

const source = new URL('../src/theme/first-paint.js', import.meta.url);
const preloaded = /assets\/(?:inter|jetbrains-mono)-latin-wght-normal-[^/]+\.woff2$/;

export function firstPaint(): Plugin {
  let isBuild = false;
  let fileName = '';
  return {
    name: 'pythonide:first-paint',
    configResolved(config) {
      isBuild = config.command === 'build';
    },
    async buildStart() {
      if (!isBuild) return;
      const script = await readFile(source);
      const hash = createHash('sha256').update(script).digest('base64url').slice(0, 8);
      fileName = `assets/first-paint-${hash}.js`;
      this.emitFile({ type: 'asset', fileName, source: script });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, context) {
        const tags: HtmlTagDescriptor[] = [
          {
            tag: 'script',
            attrs: { src: isBuild ? `/${fileName}` : '/src/theme/first-paint.js' },
            injectTo: 'head-prepend',
          },
        ];
        for (const name of Object.keys(context.bundle ?? {})) {
          if (!preloaded.test(name)) continue;
          tags.push({
            tag: 'link',
            attrs: {
              rel: 'preload',
              href: `/${name}`,
              as: 'font',
              type: 'font/woff2',
              crossorigin: true,
            },
            injectTo: 'head',
          });
        }
        return tags;
      },
    },
  };
}
