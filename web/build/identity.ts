// Which build of the front end this is: a hash of the page and of its files' names, which are named by their content.
// It goes into the page, and beside it for the server, so that a page can tell that the server has another.
import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

export function identity(): Plugin {
  let build = '';
  return {
    name: 'pythonide:identity',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, context) {
        const parts = [html, ...Object.keys(context.bundle ?? {}).sort()];
        build = createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
        return [{ tag: 'meta', attrs: { name: 'build', content: build }, injectTo: 'head' }];
      },
    },
    generateBundle: {
      order: 'post',
      handler() {
        this.emitFile({ type: 'asset', fileName: 'build.txt', source: build });
      },
    },
  };
}
