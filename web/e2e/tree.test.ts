import { expect, test } from 'vitest';
import { setting } from './browser';
import { ana, ben } from './product';
import {
  editor,
  expectNone,
  row,
  run,
  seeInConsole,
  signIn,
  watchErrors,
  writeFile,
} from './steps';

const here = setting([ana, ben]);

test('after a click on a file, F2 and Delete act on the file', async () => {
  const page = await here.visit();
  const errors = watchErrors(page);
  await signIn(page);
  await writeFile(page, 'one.py', 'first = 1\n');
  await writeFile(page, 'two.py', 'second = 2\n');

  await row(page, 'one.py').click();
  await editor(page).getByText('first').waitFor();
  await page.keyboard.press('F2');
  await page.getByRole('dialog', { name: 'Rename one.py' }).waitFor();
  await page.getByRole('textbox', { name: 'Name' }).fill('uno.py');
  await page.keyboard.press('Enter');
  await page.locator('[role="treeitem"]:focus').filter({ hasText: 'uno.py' }).waitFor();

  await page.keyboard.press('Delete');
  await page.getByText('Deleted uno.py').waitFor();
  await page.locator('[role="treeitem"]:focus').filter({ hasText: 'two.py' }).waitFor();
  expect(await editor(page).innerText()).toContain('second = 2');
  expectNone(errors);
});

test('Enter on a file moves the focus to the editor', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'enter.py', 'x = 1\n');
  await row(page, 'enter.py').click();
  await page.keyboard.press('Enter');
  await page.locator('.cm-content:focus').waitFor();
});

test('a double click on a file moves the focus to the editor', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'double.py', 'x = 1\n');
  await writeFile(page, 'other.py', 'y = 1\n');
  await row(page, 'double.py').dblclick();
  await editor(page).getByText('x =').waitFor();
  await page.locator('.cm-content:focus').waitFor();
});

test('a clicked folder looks selected', async () => {
  const page = await here.visit();
  await signIn(page, ben);
  for (const name of ['week 1', 'week 2']) {
    await page.getByRole('button', { name: 'New folder', exact: true }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill(name);
    await page.keyboard.press('Enter');
    await row(page, name).waitFor();
  }
  await row(page, 'week 1').click();
  const colour = (name: string) =>
    row(page, name).evaluate((one) => getComputedStyle(one).backgroundColor);
  await page.mouse.move(700, 300);
  expect(await colour('week 1')).not.toBe(await colour('week 2'));
});

test('F5 on a clicked file runs that file', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'a.py', 'print("this is a")\n');
  await writeFile(page, 'b.py', 'print("this is b")\n');
  await run(page);
  await seeInConsole(page, 'this is b');
  await row(page, 'a.py').click();
  await page.keyboard.press('F5');
  await seeInConsole(page, 'this is a');
});
