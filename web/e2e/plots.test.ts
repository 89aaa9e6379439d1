import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setting } from './browser';
import {
  announced,
  expectNone,
  row,
  run,
  seeInConsole,
  signIn,
  watchErrors,
  writeFile,
} from './steps';

const here = setting();

const two = `import matplotlib.pyplot as plt

plt.plot([1, 3, 2])
plt.show()
plt.figure()
plt.plot([2, 1, 3])
print("drawn")
`;

function plots(page: Page) {
  return page.getByRole('region', { name: 'Plots' });
}

function figure(page: Page, name: string) {
  return plots(page).getByRole('button', { name });
}

/** Waits until a figure is drawn: a picture that is missing has no width. */
async function drawn(page: Page, name: string): Promise<void> {
  const picture = figure(page, name).locator('img');
  await expect
    .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth))
    .toBeGreaterThan(100);
}

test('figures that were shown, and those left open at the end, appear beside the console', async () => {
  const page = await here.visit();
  const errors = watchErrors(page);
  await signIn(page);
  await writeFile(page, 'plot.py', two);
  await run(page);
  await announced(page, /plot\.py: Finished in .* 2 figures\./);
  await seeInConsole(page, 'drawn');
  for (const name of ['Figure 1 of plot.py', 'Figure 2 of plot.py']) await drawn(page, name);
  await page.getByRole('heading', { name: 'Plots 2' }).waitFor();
  // The program's console is still there, and asks for the next line.
  await page.keyboard.type('6 * 7\n');
  await seeInConsole(page, '42');
  expectNone(errors);
});

test('figures are there after a reload and after a gap in the network, and once', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'again.py', two);
  await run(page);
  await announced(page, 'again.py: Finished in');
  await page.reload();
  await drawn(page, 'Figure 1 of again.py');
  await drawn(page, 'Figure 2 of again.py');
  await page.context().setOffline(true);
  await page.getByText('Reconnecting…').waitFor();
  await page.context().setOffline(false);
  await page.getByText('Reconnecting…').waitFor({ state: 'hidden' });
  expect(await plots(page).getByRole('listitem').count()).toBe(2);
});

test('a new run begins without the old figures', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'drawing.py', two);
  await run(page);
  await drawn(page, 'Figure 2 of drawing.py');
  await writeFile(page, 'plain.py', 'print("no figure")\n');
  await run(page);
  await announced(page, 'plain.py: Finished in');
  await page.getByRole('tab', { name: 'Console', selected: true }).waitFor();
  await page.getByRole('tab', { name: 'Plots' }).click();
  await page.getByText('Figures appear here when your program calls plt.show().').waitFor();
  expect(await page.getByRole('img', { name: /drawing\.py/ }).count()).toBe(0);
});

test('a figure is shown large, saved beside its program under a free name, and downloaded', async () => {
  const page = await here.visit();
  await signIn(page);
  await page.getByRole('button', { name: 'New folder', exact: true }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill('week 1');
  await page.keyboard.press('Enter');
  await row(page, 'week 1').focus();
  await page.keyboard.press('ArrowRight');
  await writeFile(page, 'keep.py', two);
  await run(page);
  await drawn(page, 'Figure 1 of keep.py');

  await figure(page, 'Figure 1 of keep.py').focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Figure 1 of keep.py' });
  await dialog.getByRole('button', { name: 'Save to my files' }).click();
  await page.getByText('Saved as figure-1.svg').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('button:focus', { has: page.locator('img') }).waitFor();
  await plots(page).getByRole('button', { name: 'Save to my files: Figure 1' }).click();
  await page.getByText('Saved as figure-1-2.svg').waitFor();
  await page.getByRole('treeitem', { name: 'figure-1-2.svg', level: 2 }).waitFor();

  const download = page.waitForEvent('download');
  await plots(page).getByRole('link', { name: 'Download: Figure 2' }).click();
  expect((await download).suggestedFilename()).toBe('figure-2.svg');
  expect(await readFile(await (await download).path(), 'utf8')).toContain('<svg');

  await row(page, 'figure-1.svg').click();
  await page.getByRole('img', { name: 'The picture figure-1.svg' }).waitFor();
});

test('where there is room for one, the plots have a tab with their number', async () => {
  const page = await here.visit({ viewport: { width: 1000, height: 768 } });
  await signIn(page);
  await writeFile(page, 'narrow.py', `${two}input("More? ")\n`);
  await run(page);
  // The program asks: the console stays in front.
  await seeInConsole(page, 'More?');
  const tab = page.getByRole('tab', { name: 'Plots 1' });
  await tab.waitFor();
  await page.getByRole('tab', { name: 'Console', selected: true }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('tab', { name: 'Plots 1', selected: true }).waitFor();
  await page.getByRole('tabpanel', { name: 'Plots', exact: true }).getByText('Figure 1').waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('tab', { name: 'Console', selected: true }).waitFor();
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type('yes\n');
  await page.getByRole('tab', { name: 'Plots 2' }).waitFor();
});

test('the plots are reached by keyboard: F6 and the palette', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'keys.py', two);
  await run(page);
  await drawn(page, 'Figure 1 of keys.py');
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.press('F6');
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.querySelector('img')?.alt))
    .toBe('Figure 1 of keys.py');
  await page.keyboard.press('F6');
  await page.locator('[role="treeitem"]:focus').waitFor();
  await page.keyboard.press('Control+Shift+p');
  await page.keyboard.type('show the plots');
  await page.keyboard.press('Enter');
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.querySelector('img')?.alt))
    .toBe('Figure 1 of keys.py');
});

test('a figure that is no longer kept says so instead of a broken picture', async () => {
  const page = await here.visit();
  await signIn(page);
  await page.route('**/plots/1', (route) =>
    route.fulfill({
      status: 404,
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: 'about:blank', status: 404, title: '', code: 'not_found' }),
    }),
  );
  await writeFile(page, 'gone.py', two);
  await run(page);
  await drawn(page, 'Figure 1 of gone.py');
  await plots(page).getByText('This figure is no longer kept. Run the program again').waitFor();
  expect(await figure(page, 'Figure 2 of gone.py').count()).toBe(0);
});

test('a figure runs no script', async () => {
  const page = await here.visit();
  await signIn(page);
  await page.route('**/plots/0', (route) =>
    route.fulfill({
      contentType: 'image/svg+xml',
      body: '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><script>document.title="bad"</script><image href="x" onerror="document.title=1"/></svg>',
    }),
  );
  await writeFile(page, 'hostile.py', two);
  await run(page);
  await drawn(page, 'Figure 1 of hostile.py');
  expect(await page.title()).toBe('hostile.py · pythonide');
  expect(await plots(page).locator('svg svg, object, iframe, embed').count()).toBe(0);
});
