import { expect, test } from 'vitest';
import { setting } from './browser';
import { fillShared } from './demo';
import { ana, professor } from './product';
import { announced, consoleRows, editor, row, run, seeInConsole, signIn, writeFile } from './steps';

const here = setting([ana, professor]);

test('Run on a shared program offers a copy, and runs it', async () => {
  const theirs = await here.visit();
  await signIn(theirs, professor);
  await fillShared(theirs);

  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'two.py', 'print("this is two")\n');
  await run(page);
  await seeInConsole(page, 'this is two');
  await row(page, 'Lecture 7 · loops').click();
  await row(page, 'example.py').dblclick();
  await page.keyboard.press('F5');
  const dialog = page.getByRole('dialog', { name: 'Run a copy of example.py?' });
  await dialog.getByRole('button', { name: 'Copy to my files and run' }).press('Enter');
  await announced(page, 'example.py: Finished in');
  await page
    .getByRole('tree', { name: 'Files' })
    .getByRole('treeitem', { name: 'example.py' })
    .waitFor();

  // The copy is still the same as the shared file: no second one is made.
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByRole('tab', { name: 'example.py', selected: false }).click();
  await run(page);
  await dialog.getByRole('button', { name: 'Copy to my files and run' }).click();
  await seeInConsole(page, 'Finished in');
  expect(await row(page, 'example (copy).py').count()).toBe(0);
});

test('a professor runs a student’s program as a copy', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'essay.py', 'print("by Ana")\n');

  const theirs = await here.visit();
  await signIn(theirs, professor);
  await theirs.getByRole('button', { name: 'CS 101 · Autumn' }).click();
  await theirs.keyboard.type('ruiz');
  await theirs.getByRole('option', { name: 'Ana Ruiz' }).waitFor();
  await theirs.keyboard.press('Enter');
  await row(theirs, 'essay.py').click();
  await editor(theirs).getByText('by Ana').waitFor();
  await run(theirs);
  await theirs.getByRole('button', { name: 'Copy to my files and run' }).click();
  await seeInConsole(theirs, 'by Ana');
});

test('Run says why a file that is not Python does not run', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'program.py', 'print("the program")\n');
  await run(page);
  await seeInConsole(page, 'the program');
  await page.getByRole('button', { name: 'Clear' }).click();
  await writeFile(page, 'notes.md', 'a note\n');
  await run(page);
  await page.getByText('notes.md isn’t a Python program: its name doesn’t end in .py.').waitFor();
  expect(await consoleRows(page).innerText()).not.toContain('the program');
  await page.getByRole('button', { name: 'Run program.py' }).click();
  await seeInConsole(page, 'the program');
});

test('a file without an extension can be renamed from the message', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'hello', 'print("hi there")\n');
  await run(page);
  await page.getByRole('button', { name: 'Rename to hello.py' }).click();
  await page.getByRole('tab', { name: 'hello.py', selected: true }).waitFor();
  await run(page);
  await seeInConsole(page, 'hi there');
});

test('the Run button names the file that it runs', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'named.py', 'print("named")\n');
  await page.locator('button[title="Run named.py"]').waitFor();
  await run(page);
  await seeInConsole(page, 'named');
  while ((await page.getByRole('tablist', { name: 'Open files' }).count()) > 0) {
    const tabs = page.getByRole('tablist', { name: 'Open files' }).getByRole('tab');
    const before = await tabs.count();
    await page.keyboard.press('Alt+w');
    await expect.poll(() => tabs.count()).toBe(before - 1);
  }
  await page.locator('button[title="Run named.py again. No file is open."]').waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  await run(page);
  await seeInConsole(page, 'Finished in');
});
