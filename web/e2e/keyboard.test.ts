import { expect, test } from 'vitest';
import { setting } from './browser';
import { ana, password } from './product';
import { announced, seeInConsole } from './steps';

const here = setting();

test('the whole path works without a mouse', async () => {
  const page = await here.visit();
  const keys = page.keyboard;
  await page.getByRole('heading', { name: /Sign in/ }).waitFor();
  await keys.type(ana.name);
  await keys.press('Tab');
  await keys.type(password);
  await keys.press('Enter');
  await page.getByText('No files yet.').waitFor();

  await keys.press('Control+Shift+p');
  await page.getByRole('dialog', { name: 'All commands' }).waitFor();
  await keys.type('new file');
  await keys.press('Enter');
  await page.getByRole('dialog', { name: 'New file' }).waitFor();
  await keys.type('keys.py');
  await keys.press('Enter');
  await page.locator('.cm-content:focus').waitFor();
  await keys.type('n = int(input("How many? "))\nprint(n * 2)\n');

  await keys.press('F5');
  await seeInConsole(page, 'How many?');
  await keys.type('21\n');
  await seeInConsole(page, '42');
  await announced(page, 'keys.py: Finished in');

  // Around the panels: files, editor, console again.
  await keys.press('F6');
  await page.locator('[role="treeitem"]:focus').waitFor();
  await keys.press('Shift+F10');
  await page.locator('[role="menuitem"]:focus').waitFor();
  await keys.press('Escape');
  await page.locator('[role="treeitem"]:focus').waitFor();
  await keys.press('F6');
  await page.locator('.cm-content:focus').waitFor();
  // Tab indents, and after Escape it leaves.
  await keys.press('Escape');
  await keys.press('Tab');
  await expect.poll(() => page.locator('.cm-content:focus').count()).toBe(0);
  await keys.press('Shift+Tab');
  await page.locator('.cm-content:focus').waitFor();
  await keys.press('F6');
  await page.locator('.xterm-helper-textarea:focus').waitFor();

  await keys.press('Control+Shift+p');
  await keys.type('sign out');
  await keys.press('Enter');
  await page.getByRole('heading', { name: /Sign in/ }).waitFor();
});

test('panes are moved by the arrow keys and stay as they were', async () => {
  const page = await here.visit();
  await page.getByLabel('Username').fill(ana.name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  const line = page.getByRole('separator', { name: 'Width of the files' });
  await line.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  const width = await line.getAttribute('aria-valuenow');
  await page.reload();
  await page.locator(`[role="separator"][aria-valuenow="${width}"]`).waitFor();
});
