// Evidence of a failed test: the parts of the page that tests wait for, and a screenshot.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const folder = join(import.meta.dirname, '../../target/browser-failures');

/** Prints the state of a page and keeps a screenshot of it, named after the test. */
export async function describePage(page: Page, test: string): Promise<void> {
  const picture = join(folder, `${test.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.png`);
  await mkdir(folder, { recursive: true });
  const state = await page
    .evaluate(() => {
      const textOf = (selector: string) =>
        [...document.querySelectorAll(selector)].map((element) => element.textContent.trim());
      const focused = document.activeElement;
      return {
        address: location.href,
        announcement: textOf('[data-testid="announcement"]'),
        console: textOf('.xterm-rows > div').filter(Boolean),
        saveState: textOf('[data-testid="save-state"]'),
        dialog: textOf('dialog[open]'),
        toasts: textOf('[role="status"], [role="alert"]'),
        editor: textOf('.cm-content'),
        focus: focused === null ? null : `${focused.tagName} ${focused.className}`,
      };
    })
    .catch((error: unknown) => ({ gone: String(error) }));
  await page.screenshot({ path: picture }).catch(() => null);
  process.stderr.write(`The page of “${test}” (${picture}):\n${JSON.stringify(state, null, 2)}\n`);
}
