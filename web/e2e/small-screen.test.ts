import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setting } from './browser';
import { ana, ben } from './product';
import { announced, editor, row, run, seeInConsole, signIn, writeFile } from './steps';

const here = setting([ana, ben]);

/** A laptop at a zoom of 200 %, and a phone. */
const screens = {
  'at 200 % zoom': { viewport: { width: 683, height: 384 }, deviceScaleFactor: 2 },
  'on a phone': { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true },
};

/** Returns how many pixels of an element's height are outside of the window. */
async function hidden(page: Page, element: Locator): Promise<number> {
  const box = await element.boundingBox();
  if (box === null) return Infinity;
  const height = await page.evaluate(() => innerHeight);
  return Math.round(Math.max(0, -box.y) + Math.max(0, box.y + box.height - height));
}

for (const [where, options] of Object.entries(screens)) {
  const mark = options.viewport.width;

  test(`Run brings the console into view ${where}`, async () => {
    const page = await here.visit({ ...options, reducedMotion: 'reduce' });
    await signIn(page);
    await writeFile(page, `hello-${mark}.py`, 'print("hello")\nanswer = input("Who? ")\n');
    await editor(page).focus();
    await page.evaluate(() => scrollTo(0, 0));
    const panel = page.getByRole('tabpanel', { name: 'Console' });
    expect(await hidden(page, panel)).toBeGreaterThan(0);
    await run(page);
    await seeInConsole(page, 'Who?');
    await expect.poll(() => hidden(page, panel)).toBe(0);
    // Stop is in reach while the program runs.
    expect(await hidden(page, page.getByRole('button', { name: 'Stop' }))).toBe(0);
    await page.keyboard.type('Ana\n');
    await announced(page, 'Finished in');
  });

  test(`the line of an error comes into view ${where}`, async () => {
    const page = await here.visit({ ...options, reducedMotion: 'reduce' });
    await signIn(page);
    await writeFile(page, `wrong-${mark}.py`, 'print("fine")\nwrong\n');
    await run(page);
    await page.getByRole('button', { name: 'Go to line 2' }).click();
    const line = editor(page).locator('.cm-line').filter({ hasText: 'wrong' });
    await expect.poll(() => hidden(page, line)).toBe(0);
    const bar = await page.getByRole('banner').boundingBox();
    const box = await line.boundingBox();
    expect(box?.y).toBeGreaterThanOrEqual((bar?.y ?? 0) + (bar?.height ?? 0));
  });

  test(`the list of files collapses ${where} and stays collapsed`, async () => {
    const page = await here.visit(options);
    await signIn(page, ben);
    await writeFile(page, `listed-${mark}.py`, 'pass\n');
    const files = page.getByRole('navigation', { name: 'Files' });
    const before = (await files.boundingBox())?.height ?? 0;
    await page.getByRole('button', { name: 'Files', expanded: true }).click();
    await expect.poll(() => row(page, `listed-${mark}.py`).count()).toBe(0);
    expect((await files.boundingBox())?.height).toBeLessThan(Math.min(before, 64));
    await page.reload();
    await page.getByRole('button', { name: 'Files', expanded: false }).click();
    await row(page, `listed-${mark}.py`).waitFor();
  });
}
