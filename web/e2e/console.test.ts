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
  const page = await here.visit();
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
  const copied = page.evaluate(
    () =>
      new Promise<string>((resolve) =>
        document.addEventListener('copy', (event) =>
          resolve(event.clipboardData?.getData('text/plain') ?? ''),
        ),
      ),
  );
  await page.keyboard.press('Control+c');
  expect(await copied).toMatch(/\S/);
  await page.keyboard.press('Control+c');
  await seeInConsole(page, 'KeyboardInterrupt');
});
