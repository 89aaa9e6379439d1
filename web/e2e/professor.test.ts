import { expect, test } from 'vitest';
import { setting } from './browser';
import { fillShared } from './demo';
import { ana, ben, professor } from './product';
import { announced, consoleRows, editor, row, run, saveState, signIn, writeFile } from './steps';

const here = setting([ana, ben, professor]);

test('a professor opens a student’s folder, only to read', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'essay.py', 'print("by Ana")\n');

  const theirs = await here.visit();
  await signIn(theirs, professor);
  await theirs.getByRole('button', { name: 'CS 101 · Autumn' }).click();
  await theirs.getByRole('option', { name: 'Ben Carter' }).waitFor();
  await theirs.keyboard.type('ruiz');
  await theirs.keyboard.press('Enter');
  await theirs.getByText('Ana Ruiz’s files · read only').waitFor();
  await row(theirs, 'essay.py').click();
  await editor(theirs).getByText('by Ana').waitFor();
  await saveState(theirs).filter({ hasText: 'Read only' }).waitFor();
  await editor(theirs).focus();
  await theirs.keyboard.type('changed');
  expect(await editor(theirs).innerText()).not.toContain('changed');

  await theirs.reload();
  await theirs.getByText('Ana Ruiz’s files · read only').waitFor();
  await editor(theirs).getByText('by Ana').waitFor();
  await theirs.getByRole('button', { name: 'Back to my files' }).click();
  await theirs.getByRole('tree', { name: 'Files' }).waitFor();
});

test('what a professor shares is read by students, who can copy it', async () => {
  const theirs = await here.visit();
  await signIn(theirs, professor);
  await fillShared(theirs);

  const page = await here.visit();
  await signIn(page, ben);
  await page.getByText('read only').first().waitFor();
  await row(page, 'Lecture 7 · loops').click();
  await row(page, 'example.py').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Copy to my files' }).click();
  await page.getByText('Copied to example.py').waitFor();
  await page
    .getByRole('tree', { name: 'Files' })
    .getByRole('treeitem', { name: 'example.py' })
    .waitFor();
});

test('a professor switches explanations off, and a student’s next error has none', async () => {
  const page = await here.visit();
  await signIn(page, ben);
  await writeFile(page, 'typo.py', 'pritn("hello")\n');
  await run(page);
  await announced(page, /Ended with an error on line 1.*Did you mean “print”\?/);

  const theirs = await here.visit();
  await signIn(theirs, professor);
  await theirs.getByRole('button', { name: 'Ngozi Okafor: account' }).click();
  await theirs.getByRole('menuitem', { name: 'Class settings' }).click();
  const hints = theirs.getByRole('switch', { name: /Explain Python’s errors/, checked: true });
  await hints.click();
  await theirs.getByText('Saved: errors are no longer explained').waitFor();

  await run(page);
  await announced(page, /Ended with an error on line 1[^“]*$/);
  expect(await consoleRows(page).innerText()).not.toContain('Did you mean “print”');

  await theirs.keyboard.press('Escape');
  await theirs.keyboard.press('Control+Shift+p');
  await theirs.keyboard.type('class settings');
  await theirs.keyboard.press('Enter');
  await theirs.getByRole('switch', { checked: false }).click();
  await theirs.getByText('Saved: errors are explained from').waitFor();
});

test('settings that could not be saved or loaded say so, and are as they were', async () => {
  const theirs = await here.visit();
  await signIn(theirs, professor);
  await theirs.context().setOffline(true);
  await theirs.getByRole('button', { name: 'CS 101 · Autumn' }).click();
  await theirs.getByRole('button', { name: 'Class settings' }).click();
  await theirs.getByText('The settings could not be loaded.').waitFor();
  await theirs.context().setOffline(false);
  await theirs.getByRole('button', { name: 'Retry' }).click();
  const hints = theirs.getByRole('switch', { checked: true });
  await hints.waitFor();
  await theirs.context().setOffline(true);
  await hints.click();
  await theirs.getByText('Not changed. The server cannot be reached.').waitFor();
  expect(await hints.isChecked()).toBe(true);
});
