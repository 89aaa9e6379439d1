import { expect, test } from 'vitest';
import { setting } from './browser';
import { fillShared } from './demo';
import { ana, ben, professor } from './product';
import { editor, row, saveState, signIn, writeFile } from './steps';

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
