import { expect, test } from 'vitest';
import { setting } from './browser';
import { ana } from './product';
import {
  announced,
  choose,
  editor,
  expectNone,
  makeFile,
  replaceText,
  row,
  run,
  seeInConsole,
  saved,
  saveState,
  signIn,
  watchErrors,
  writeFile,
} from './steps';

const here = setting();

test('a conflict between two windows keeps both texts', async () => {
  const page = await here.visit();
  const errors = watchErrors(page);
  await signIn(page);
  await writeFile(page, 'shared.py', 'first\n');
  const other = await here.visit();
  await signIn(other);
  await row(other, 'shared.py').click();
  await editor(other).getByText('first').waitFor();

  await replaceText(page, 'mine\n');
  await saved(page);
  await replaceText(other, 'theirs\n');
  await saveState(other).filter({ hasText: 'Changed elsewhere' }).waitFor();
  await other.getByRole('button', { name: 'Compare' }).click();
  const dialog = other.getByRole('dialog', { name: 'shared.py was changed in two places' });
  await dialog.getByText('mine').first().waitFor();
  await dialog.getByText('theirs').first().waitFor();
  await dialog.getByRole('button', { name: 'Keep both' }).click();

  await row(other, 'shared (mine).py').click();
  await editor(other).getByText('theirs').waitFor();
  await row(other, 'shared.py').click();
  await editor(other).getByText('mine').waitFor();
  expectNone(errors);
});

test('keeping mine saves it, with theirs as a file beside it and in undo', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'chosen.py', 'first\n');
  const other = await here.visit();
  await signIn(other);
  await row(other, 'chosen.py').click();
  await editor(other).getByText('first').waitFor();
  await replaceText(page, 'one\n');
  await saved(page);
  await replaceText(other, 'two\n');
  await other.getByRole('button', { name: 'Compare' }).click();
  await other.getByRole('button', { name: 'Keep mine' }).click();
  await other.getByText('Yours is saved. Theirs is beside it, as chosen (theirs).py').waitFor();
  await saved(other);
  await editor(other).getByText('two').waitFor();
  await row(other, 'chosen (theirs).py').click();
  await editor(other).getByText('one').waitFor();
  await row(other, 'chosen.py').click();
  await editor(other).getByText('two').waitFor();
  await editor(other).focus();
  await other.keyboard.press('Control+z');
  await editor(other).getByText('one').waitFor();
});

test('a file that changed elsewhere is shown anew when nothing is unsaved', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'quiet.py', 'before\n');
  const other = await here.visit();
  await signIn(other);
  await row(other, 'quiet.py').click();
  await editor(other).getByText('before').waitFor();
  await replaceText(page, 'after\n');
  await saved(page);
  await other.evaluate(() => window.dispatchEvent(new Event('focus')));
  await editor(other).getByText('after').waitFor();
});

test('typing goes on without a network and is saved when it is back', async () => {
  const page = await here.visit();
  await signIn(page);
  await makeFile(page, 'train.py');
  await page.context().setOffline(true);
  await editor(page).focus();
  await page.keyboard.type('tunnel = True');
  await saveState(page).filter({ hasText: 'Offline · kept in this browser' }).waitFor();
  await page.getByText('Reconnecting…').waitFor();
  await page.context().setOffline(false);
  await saved(page);
  await expect.poll(() => page.getByText('Reconnecting…').count()).toBe(0);
});

test('unsaved text is back after a crash, and is then saved', async () => {
  const page = await here.visit();
  await signIn(page);
  await makeFile(page, 'crash.py');
  await page.route('**/text?*', (route) =>
    route.request().method() === 'PUT' ? route.abort() : route.continue(),
  );
  await editor(page).focus();
  await page.keyboard.type('survivor = 1');
  await saveState(page).filter({ hasText: 'Offline' }).waitFor();
  await page.unroute('**/text?*');
  await page.reload();
  await page.getByText('Unsaved changes in crash.py are back').waitFor();
  await editor(page).getByText('survivor').waitFor();
  await saved(page);
});

test('unsaved text of a file that was deleted elsewhere is back, and can be saved again', async () => {
  const page = await here.visit();
  await signIn(page);
  await makeFile(page, 'orphan.py');
  await page.route('**/text?*', (route) =>
    route.request().method() === 'PUT' ? route.abort() : route.continue(),
  );
  await editor(page).focus();
  await page.keyboard.type('survivor = 2');
  await saveState(page).filter({ hasText: 'Offline' }).waitFor();
  const other = await here.visit();
  await signIn(other);
  await row(other, 'orphan.py').focus();
  await other.keyboard.press('Delete');
  await other.getByText('Deleted orphan.py').waitFor();

  await page.unroute('**/text?*');
  await page.reload();
  await saveState(page).filter({ hasText: 'Deleted elsewhere' }).waitFor();
  await editor(page).getByText('survivor').waitFor();
  await page.getByRole('button', { name: 'Choose' }).click();
  await page.getByRole('button', { name: 'Save it again' }).click();
  await saved(page);
  await row(page, 'orphan.py').waitFor();
});

test('a file that a program removes is told as gone, holds up no run and can be saved again', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'kept.txt', 'words\n');
  const source =
    'import os\nis_there = os.path.exists("kept.txt")\nif is_there:\n    os.remove("kept.txt")\n' +
    'print(is_there)\n';
  await writeFile(page, 'removes.py', source);
  await run(page);
  await seeInConsole(page, 'True');
  await page.getByRole('tab', { name: 'kept.txt' }).click();
  await saveState(page).filter({ hasText: 'Deleted elsewhere' }).waitFor();
  await editor(page).getByText('words').waitFor();
  await page.getByRole('tab', { name: 'removes.py' }).click();
  await run(page);
  await seeInConsole(page, 'False');
  await announced(page, 'Finished in');
  // It is the last copy: neither signing out nor a reload takes it away unasked.
  await choose(page, ana, 'Sign out');
  await page.getByText('The last copy of it stays in this browser alone').waitFor();
  await page.getByRole('button', { name: 'Stay signed in' }).click();
  await page.reload();
  await page.getByRole('tab', { name: 'kept.txt' }).click();
  await editor(page).getByText('words').waitFor();
  await page.getByRole('button', { name: 'Choose' }).click();
  await page.getByRole('button', { name: 'Save it again' }).click();
  await saved(page);
  await row(page, 'kept.txt').waitFor();
});

test('a session that ends keeps what was typed for after the next sign-in', async () => {
  const page = await here.visit();
  await signIn(page);
  await makeFile(page, 'expired.py');
  await page.context().clearCookies();
  await editor(page).focus();
  await page.keyboard.type('still_here = True');
  await page.getByText('Your session has ended. Sign in again: nothing is lost.').waitFor();
  await signIn(page);
  await page.getByRole('tab', { name: 'expired.py' }).waitFor();
  await editor(page).getByText('still_here').waitFor();
  await saved(page);
});

test('a save that fails says why and can be tried again', async () => {
  const page = await here.visit();
  await signIn(page);
  await makeFile(page, 'full.py');
  const problem = { type: 'about:blank', status: 507, title: 'No space', code: 'disk_full' };
  await page.route('**/text?*', (route) =>
    route.request().method() === 'PUT'
      ? route.fulfill({
          status: 507,
          contentType: 'application/problem+json',
          body: JSON.stringify(problem),
        })
      : route.continue(),
  );
  await editor(page).focus();
  await page.keyboard.type('x');
  await saveState(page).filter({ hasText: 'Could not save: There is no space left' }).waitFor();
  await page.unroute('**/text?*');
  await page.getByRole('button', { name: 'Retry' }).click();
  await saved(page);
});
