// A deployment as the person at the keyboard meets it: a server goes, and another is there.
import { once } from 'node:events';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { Balancer } from './balancer';
import { setting } from './browser';
import {
  consoleRows,
  editor,
  expectNone,
  makeFile,
  run,
  saved,
  seeInConsole,
  signIn,
  watchErrors,
  writeFile,
} from './steps';

const here = setting();

const talk = 'n = 0\nwhile True:\n    n += 1\n    print(n, "you said", input("? "))\n';

/** Keeps every notice and every word about saving that the page shows from now on. */
async function noteWords(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const words = new Set<string>();
    const look = () => {
      for (const place of document.querySelectorAll('.notices, [data-testid="save-state"]')) {
        words.add(place.textContent.trim());
      }
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    Object.assign(window, { words });
  });
  return () => page.evaluate(() => [...(window as unknown as { words: Set<string> }).words]);
}

test('a server is replaced, and whoever types and talks to a program notices nothing', async () => {
  const other = await here.product.startServer();
  const balancer = await Balancer.start([here.product.url, other.url]);
  try {
    const page = await here.visit();
    await page.goto(balancer.url);
    const errors = watchErrors(page);
    await signIn(page);
    await writeFile(page, 'talk.py', talk);
    await run(page);
    await seeInConsole(page, '? ');
    await page.keyboard.type('one\n');
    await seeInConsole(page, '1 you said one');
    await makeFile(page, 'essay.py');
    await editor(page).focus();
    await page.keyboard.type('# before\n');
    const words = await noteWords(page);
    expect(balancer.taken[1]).toBe(0);

    // Serve would put another in its place; the balancer has one already.
    process.kill(await here.product.serverPid(), 'SIGTERM');
    await page.keyboard.type('# while it stopped\n', { delay: 60 });
    await expect.poll(() => balancer.taken[1]).toBeGreaterThan(0);
    await page.locator('.xterm-helper-textarea').focus();
    await page.keyboard.type('two\n');
    await seeInConsole(page, '2 you said two');
    await page.keyboard.type('three\n');
    await seeInConsole(page, '3 you said three');
    await editor(page).focus();
    await page.keyboard.type('# after');
    await saved(page);

    // Nothing came twice, and nothing was said of it.
    const shown = (await consoleRows(page).innerText()).replaceAll('\u00a0', ' ');
    expect(shown.match(/you said \w+/g)).toEqual(
      ['one', 'two', 'three'].map((word) => `you said ${word}`),
    );
    const said = (await words()).filter((word) => !/^(Saved [\d:]+|Saving…|Unsaved|)$/.test(word));
    expect(said).toEqual([]);
    await page.reload();
    await editor(page).getByText('# after').waitFor();
    for (const line of ['# before', '# while it stopped']) {
      await editor(page).getByText(line).waitFor();
    }
    expectNone(errors);
  } finally {
    await balancer.stop();
    other.process.kill('SIGTERM');
    await once(other.process, 'exit');
  }
});
