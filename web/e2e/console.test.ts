import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setting } from './browser';
import { consoleRows, run, seeInConsole, signIn, writeFile } from './steps';

const here = setting();

/** Returns the colours along the left edge of the console, from its top to its bottom. */
async function coloursOfConsole(page: Page): Promise<string[]> {
  const box = await page.locator('#console-panel').boundingBox();
  if (box === null) throw new Error('the console is not on the screen');
  const picture = await page.screenshot({
    clip: { x: box.x + box.width / 2, y: box.y, width: 1, height: box.height },
  });
  return page.evaluate(
    async (bytes) => {
      const image = await createImageBitmap(new Blob([Uint8Array.from(bytes)]));
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      if (context === null) throw new Error('no canvas');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, 1, image.height);
      const colours = new Set<string>();
      for (let at = 0; at < data.length; at += 4) colours.add(data.slice(at, at + 3).join(' '));
      return [...colours];
    },
    [...picture],
  );
}

test('the console has one background at every height', async () => {
  const page = await here.visit({ colorScheme: 'light', reducedMotion: 'reduce' });
  await signIn(page);
  await writeFile(page, 'quiet.py', 'pass\n');
  await run(page);
  await seeInConsole(page, '>>>');
  for (const height of [440, 433, 425, 417, 409]) {
    await page.setViewportSize({ width: 1366, height });
    await expect
      .poll(() => coloursOfConsole(page), { message: `${height}` })
      .toEqual(['255 255 255']);
  }
});

test('Ctrl-C after a copy interrupts the program', async () => {
  const page = await here.visit({ permissions: ['clipboard-read', 'clipboard-write'] });
  await signIn(page);
  await writeFile(
    page,
    'flow.py',
    'import time\nn = 0\nwhile True:\n    n += 1\n    print("flowing", n)\n    time.sleep(0.05)\n',
  );
  await run(page);
  await seeInConsole(page, 'flowing 12');
  const box = await consoleRows(page).boundingBox();
  if (box === null) throw new Error('the console is not on the screen');
  await page.mouse.dblclick(box.x + 20, box.y + 60);
  await page.keyboard.press('Control+c');
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toMatch(/flowing|\d/);
  await page.keyboard.press('Control+c');
  await seeInConsole(page, 'KeyboardInterrupt');
});

test('a pasted block with blank lines runs whole at the prompt', async () => {
  const page = await here.visit({ permissions: ['clipboard-read', 'clipboard-write'] });
  await signIn(page);
  await writeFile(page, 'paste.py', 'start = 40\n');
  await run(page);
  await seeInConsole(page, '>>>');
  const paste = async (text: string) => {
    await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
    await page.locator('.xterm-helper-textarea').focus();
    await page.keyboard.press('Control+v');
  };
  await paste(
    'class Counter:\n    def __init__(self):\n        self.n = start\n\n    def up(self):\n        self.n += 1\n\n        return self.n\n\nc = Counter()\nc.up()\nprint("now", c.up())\n',
  );
  await seeInConsole(page, /41.*now.42/s);
  expect(await consoleRows(page).innerText()).not.toMatch(/Error|200~/);
});

test('input() receives a paste line by line', async () => {
  const page = await here.visit({ permissions: ['clipboard-read', 'clipboard-write'] });
  await signIn(page);
  await writeFile(page, 'lines.py', 'print([input("a? "), input("b? ")])\n');
  await run(page);
  await seeInConsole(page, 'a?');
  await page.evaluate(() => navigator.clipboard.writeText('one\ntwo\n'));
  await page.keyboard.press('Control+v');
  await seeInConsole(page, /\['one',.'two'\]/);
  // Also in a statement at the prompt.
  await seeInConsole(page, '>>>');
  await page.keyboard.type('[input("c? "), input("d? ")] * 2\n');
  await seeInConsole(page, /2\s*c\?/);
  await page.keyboard.press('Control+v');
  await seeInConsole(page, /\['one',.'two',.'one',.'two'\]/);
});
