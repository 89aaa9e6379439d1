import type { Locator, Page, Route } from 'playwright-core';
import { expect, test } from 'vitest';
import { setting } from './browser';
import { ana, ben, professor } from './product';
import {
  announced,
  editor,
  expectNone,
  makeFile,
  replaceText,
  row,
  run,
  saved,
  saveState,
  signIn,
  watchErrors,
  writeFile,
} from './steps';

const here = setting([ana, ben, professor], ['--home-mb', '1']);

async function choose(page: Page, name: string, item: string): Promise<void> {
  await row(page, name).click({ button: 'right' });
  await page.getByRole('menuitem', { name: item }).click();
}

function history(page: Page, name: string): Locator {
  return page.getByRole('dialog', { name: `History of ${name}` });
}

async function isEditor(page: Page, content: string): Promise<void> {
  await expect.poll(() => editor(page).innerText()).toBe(content);
}

test('a file saved three times is compared with what it was, brought back, and that undone', async () => {
  const page = await here.visit();
  const errors = watchErrors(page);
  await signIn(page);
  await makeFile(page, 'poem.py');
  for (const line of ['one', 'two', 'three']) {
    await replaceText(page, `print("${line}")`);
    await saved(page);
  }
  await row(page, 'poem.py').focus();
  await choose(page, 'poem.py', 'History…');
  const dialog = history(page, 'poem.py');
  // The empty file it began as, too.
  await expect.poll(() => dialog.getByRole('option').count()).toBe(4);
  await dialog.getByRole('option', { name: 'now' }).waitFor();
  expect(await dialog.getByRole('option').nth(1).getAttribute('aria-selected')).toBe('true');
  await dialog.getByRole('textbox', { name: 'poem.py then' }).getByText('two').waitFor();
  await dialog.getByRole('textbox', { name: 'poem.py now' }).getByText('three').waitFor();

  // The list has the focus; arrows go through it.
  await page.keyboard.press('ArrowDown');
  await dialog.getByRole('textbox', { name: 'poem.py then' }).getByText('one').waitFor();
  await dialog.getByRole('button', { name: 'Restore this version' }).click();
  await page.getByText(/^Restored poem\.py as of today at \d\d:\d\d:\d\d$/).waitFor();
  await isEditor(page, 'print("one")');
  expect(await dialog.count()).toBe(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('poem.py is again what it was before').waitFor();
  await isEditor(page, 'print("three")');

  await page.getByRole('button', { name: 'History', exact: true }).click();
  await expect.poll(() => dialog.getByRole('option').count()).toBe(6);
  await dialog.getByRole('option', { name: 'restored' }).first().waitFor();
  await page.setViewportSize({ width: 800, height: 768 });
  await dialog
    .getByRole('textbox', { name: 'what changed since then' })
    .getByText('three')
    .waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => dialog.count()).toBe(0);
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.textContent.trim()))
    .toBe('History');
  expectNone(errors);
});

test('what is typed and not yet saved is in the history before anything is brought back', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'hasty.py', 'first');
  await page.route('**/text?*', (route) =>
    route.request().method() === 'PUT' ? route.abort() : route.continue(),
  );
  await replaceText(page, 'precious');
  await saveState(page).filter({ hasText: 'Offline' }).waitFor();
  await choose(page, 'hasty.py', 'History…');
  const dialog = history(page, 'hasty.py');
  await dialog.getByRole('option', { name: 'now' }).waitFor();
  await dialog.getByRole('option').nth(1).click();
  await dialog.getByRole('button', { name: 'Restore this version' }).click();
  await dialog.getByText('Nothing was restored. hasty.py could not be saved.').waitFor();

  await page.unroute('**/text?*');
  await dialog.getByRole('button', { name: 'Restore this version' }).click();
  await page.getByText('Restored hasty.py as of').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('hasty.py is again what it was before').waitFor();
  await isEditor(page, 'precious');
});

test('nothing is brought back over what somebody else has just saved', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'two.py', 'first');
  await replaceText(page, 'second');
  await saved(page);
  await choose(page, 'two.py', 'History…');
  const dialog = history(page, 'two.py');
  await dialog.getByRole('textbox', { name: 'two.py now' }).getByText('second').waitFor();
  await dialog.getByRole('option').nth(1).click();
  const other = await here.visit();
  await signIn(other);
  await row(other, 'two.py').click();
  await replaceText(other, 'elsewhere');
  await saved(other);

  await dialog.getByRole('button', { name: 'Restore this version' }).click();
  await dialog.getByText('Nothing was restored: the file was changed somewhere else').waitFor();
  await dialog.getByRole('textbox', { name: 'two.py now' }).getByText('elsewhere').waitFor();
  await dialog.getByRole('button', { name: 'Restore this version' }).click();
  await page.getByText('Restored two.py as of').waitFor();
  // The choice was kept.
  await isEditor(page, 'first');
});

test('a file that a program has made has no versions, and says how it gets some', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'maker.py', 'open("made.txt", "w").write("x")');
  await run(page);
  await announced(page, 'Finished in');
  await choose(page, 'made.txt', 'History…');
  await page.getByText('No earlier versions yet. Each save leaves one.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('No earlier versions yet.').waitFor({ state: 'detached' });
  await row(page, 'made.txt').and(page.locator(':focus')).waitFor();
});

test('what a program wrote over a text that was saved is undone by its history', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'victim.txt', 'by hand');
  const source = 'open("victim.txt", "wb").write(bytes([0, 255, 254]))';
  await writeFile(page, 'vandal.py', source);
  await run(page);
  await announced(page, 'Finished in');
  await choose(page, 'victim.txt', 'History…');
  const dialog = history(page, 'victim.txt');
  await dialog.getByText('What the file is now is no text').waitFor();
  await dialog.getByRole('button', { name: 'Restore this version' }).click();
  await page.getByText('Restored victim.txt as of').waitFor();
  await choose(page, 'victim.txt', 'History…');
  await dialog.getByRole('option', { name: 'written by a program or an upload' }).click();
  await dialog.getByText('This version is not text').waitFor();
  await dialog.getByText('It can be restored.').waitFor();
});

test('a version that is damaged, gone or does not come says so', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'old.py', 'first');
  await replaceText(page, 'second');
  await saved(page);
  const dialog = history(page, 'old.py');
  const answers = [
    [410, 'damaged', 'This version is damaged on the disk'],
    [404, 'not_found', 'This version is no longer kept.'],
  ] as const;
  for (const [status, code, sentence] of answers) {
    await page.route('**/versions/*', (route) =>
      route.fulfill({ status, body: JSON.stringify({ status, code, title: '' }) }),
    );
    await choose(page, 'old.py', 'History…');
    await dialog.getByText(sentence).waitFor();
    expect(await dialog.getByRole('button', { name: 'Restore this version' }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.unroute('**/versions/*');
  }
  await page.context().setOffline(true);
  await choose(page, 'old.py', 'History…');
  await dialog.getByText('The history could not be loaded.').waitFor();
  await page.context().setOffline(false);
  await dialog.getByRole('button', { name: 'Retry' }).click();
  await dialog.getByRole('option').first().waitFor();
});

test('the menu has the trash also while the files are still being read', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'late.py', '1');
  const held: Route[] = [];
  let isHeld = true;
  await page.route('**/folder?*', async (route) => {
    if (isHeld) held.push(route);
    else await route.continue();
  });
  await page.reload();
  await page.getByRole('button', { name: 'File actions' }).first().click();
  await page.getByRole('menuitem', { name: 'New file' }).waitFor();
  await page.getByRole('menuitem', { name: 'Trash…' }).click();
  await page.getByRole('dialog', { name: 'Trash' }).waitFor();
  await page.keyboard.press('Escape');
  isHeld = false;
  await Promise.all(held.map((route) => route.continue()));
  await row(page, 'late.py').waitFor();
});

test('what was deleted comes back from the trash, and it is said where it is', async () => {
  const page = await here.visit();
  const errors = watchErrors(page);
  await signIn(page, ben);
  const trash = page.getByRole('dialog', { name: 'Trash' });
  await page.getByRole('button', { name: 'File actions' }).first().click();
  await page.getByRole('menuitem', { name: 'Trash…' }).click();
  await trash.getByText('The trash is empty.').waitFor();
  await trash.getByText('Kept for 30 days, then gone for good.').waitFor();
  await page.keyboard.press('Escape');

  for (const name of ['keep.py', 'lost.py']) {
    await writeFile(page, name, `# ${name}`);
    await row(page, name).focus();
    await page.keyboard.press('Delete');
    await expect.poll(() => row(page, name).count()).toBe(0);
  }
  await makeFile(page, 'lost.py');
  await page.keyboard.press('Control+Shift+p');
  await page.keyboard.type('trash');
  await page.keyboard.press('Enter');
  await trash.getByText('was in the top folder').first().waitFor();
  await trash.getByRole('button', { name: 'Restore lost.py' }).click();
  const told = 'lost.py is back in the top folder, as lost (2).py: its old name is taken';
  await trash.getByText(told).waitFor();
  // The focus goes on to the next row.
  await page.keyboard.press('Enter');
  await trash.getByText('keep.py is back in the top folder').waitFor();
  await trash.getByText('The trash is empty.').waitFor();
  await trash.getByRole('button', { name: 'Open' }).last().click();
  await editor(page).getByText('# keep.py').waitFor();
  await row(page, 'lost (2).py').waitFor();
  expectNone(errors);
});

test('a professor brings a student’s version back, and what the student deleted', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'essay.py', 'draft');
  await replaceText(page, 'spoiled');
  await saved(page);
  await writeFile(page, 'gone.py', 'needed');
  await row(page, 'gone.py').focus();
  await page.keyboard.press('Delete');
  await page.getByText('Deleted gone.py').waitFor();

  const theirs = await here.visit();
  await signIn(theirs, professor);
  await theirs.getByRole('button', { name: 'CS 101 · Autumn' }).click();
  await theirs.getByRole('option', { name: 'Ana Ruiz' }).click();
  await row(theirs, 'essay.py').click();
  await theirs.getByRole('tab', { name: 'essay.py' }).click({ button: 'right' });
  await theirs.getByRole('menuitem', { name: 'History…' }).click();
  const dialog = history(theirs, 'essay.py');
  await dialog.getByRole('textbox', { name: 'essay.py then' }).getByText('draft').waitFor();
  await dialog.getByRole('button', { name: 'Restore this version' }).click();
  await theirs.getByText('Restored essay.py as of').waitFor();
  await isEditor(theirs, 'draft');

  await theirs.getByRole('button', { name: 'File actions' }).first().click();
  await theirs.getByRole('menuitem', { name: 'Trash…' }).click();
  const trash = theirs.getByRole('dialog', { name: 'Trash · Ana Ruiz’s files' });
  await trash.getByRole('button', { name: 'Restore gone.py' }).click();
  await theirs.getByText('gone.py is back in the top folder').waitFor();
  await theirs.keyboard.press('Escape');
  await row(theirs, 'gone.py').waitFor();
});

test('a home that is nearly full says so; what has no room is refused, and nothing is lost', async () => {
  const page = await here.visit();
  await signIn(page, ben);
  const upload = async (name: string, bytes: number) => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Upload files' }).first().click();
    const buffer = Buffer.alloc(bytes, 'x');
    await (await chooser).setFiles({ name, mimeType: 'text/plain', buffer });
  };
  await upload('large.txt', 930_000);
  await page.getByText(/^0\.\d of 1 MB used$/).waitFor();
  await upload('more.txt', 200_000);
  await page.getByText(/more\.txt could not be uploaded: You’ve used all your storage/).waitFor();

  await makeFile(page, 'long.py');
  await replaceText(page, `# ${'y'.repeat(200_000)}`);
  await saveState(page).filter({ hasText: 'You’ve used all your storage' }).waitFor();
  await row(page, 'large.txt').focus();
  await page.keyboard.press('Delete');
  // There is room now, and nobody has to press anything.
  await saved(page);
  await expect.poll(() => page.getByRole('group', { name: 'Room for files' }).count()).toBe(0);
});
