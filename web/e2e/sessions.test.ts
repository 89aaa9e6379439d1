import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setting } from './browser';
import { ana, ben, password, professor } from './product';
import {
  choose,
  editor,
  expectNone,
  makeFile,
  replaceText,
  saved,
  signIn,
  watchErrors,
  writeFile,
} from './steps';

const here = setting([ana, ben, professor]);

const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';

async function isAtSignIn(page: Page): Promise<void> {
  // The minute's look would come far too late for this.
  await page.getByText('Your session has ended').waitFor();
  await page.getByLabel('Username').waitFor();
}

test('a session that was left open somewhere is ended from here, and its page shows the sign-in at once', async () => {
  const left = await here.visit({ userAgent: firefox });
  const page = await here.visit();
  const errors = [watchErrors(left), watchErrors(page)];
  await signIn(left);
  await writeFile(left, 'draft.py', 'print("first")\n');
  await signIn(page);

  await choose(page, ana, 'Where you are signed in…');
  const dialog = page.getByRole('dialog', { name: 'Where you are signed in' });
  const rows = dialog.getByRole('listitem');
  await rows.nth(1).waitFor();
  expect(await rows.count()).toBe(2);
  expect(await rows.nth(0).innerText()).toMatch(/^Chrome on Linux\s*this one/);
  expect(await rows.nth(0).getByRole('button').count()).toBe(0);
  expect(await rows.nth(1).innerText()).toMatch(
    /^Firefox on Windows\s+127\.0\.0\.1 signed in today at \d\d:\d\d last used just now\s+End$/,
  );

  // From the keyboard alone.
  await rows.nth(1).getByRole('button', { name: 'End Firefox on Windows' }).focus();
  await page.keyboard.press('Enter');
  await dialog.getByText('Firefox on Windows is signed out.').waitFor();
  await dialog.getByText('You are signed in nowhere else.').waitFor();
  expect(await rows.count()).toBe(1);
  const focused = await page.evaluate(() => document.activeElement?.closest('dialog') !== null);
  expect(focused, 'the keyboard stays in the dialog').toBe(true);
  await isAtSignIn(left);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  // This one goes on.
  await writeFile(page, 'after.py', 'print("on")\n');

  await signIn(left);
  await left.getByRole('tab', { name: 'draft.py' }).waitFor();
  errors.forEach(expectNone);
});

test('all others are ended together', async () => {
  const others = [await here.visit({ userAgent: firefox }), await here.visit()];
  const page = await here.visit();
  for (const one of [...others, page]) await signIn(one, professor);
  await choose(page, professor, 'Where you are signed in…');
  await page.getByRole('button', { name: 'End all others' }).click();
  await page.getByText('2 others are signed out.').waitFor();
  expect(await page.getByRole('button', { name: 'End all others' }).count()).toBe(0);
  await Promise.all(others.map(isAtSignIn));
});

test('a new password is the only one from then on, and ends the other sessions', async () => {
  const other = await here.visit();
  const page = await here.visit();
  const errors = watchErrors(page);
  await signIn(other, ben);
  await signIn(page, ben);
  await choose(page, ben, 'Change password…');
  const dialog = page.getByRole('dialog', { name: 'Change password' });
  const current = dialog.getByLabel('Current password');
  const wanted = dialog.getByLabel('New password', { exact: true });
  const again = dialog.getByLabel('New password, once more');
  const change = dialog.getByRole('button', { name: 'Change password' });
  expect(await current.evaluate((field) => field === document.activeElement)).toBe(true);

  await current.fill('not it at all');
  await wanted.fill('short');
  await again.fill('shorter');
  await change.click();
  await dialog.getByText('Too short: at least 8 characters.').waitFor();
  await dialog.getByText('The two are not the same.').waitFor();
  expect(await wanted.evaluate((field) => field === document.activeElement)).toBe(true);

  await wanted.fill('battery staple 9');
  await again.fill('battery staple 9');
  await page.keyboard.press('Enter');
  await dialog.getByText('This is not the password that you have now.').waitFor();
  expect(await current.evaluate((field) => field === document.activeElement)).toBe(true);
  expect(await current.getAttribute('aria-invalid')).toBe('true');

  await current.fill(password);
  await page.keyboard.press('Enter');
  await dialog.getByText('Your password is changed.').waitFor();
  await dialog.getByText('You have been signed out in 1 other place.').waitFor();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await isAtSignIn(other);

  await other.getByLabel('Username').fill(ben.name);
  await other.getByLabel('Password', { exact: true }).fill(password);
  await other.keyboard.press('Enter');
  await other.getByRole('alert').getByText('The username or the password is wrong').waitFor();
  await other.getByLabel('Password', { exact: true }).fill('battery staple 9');
  await other.keyboard.press('Enter');
  await other.getByRole('button', { name: 'Run' }).waitFor();
  expectNone(errors);
});

test('signing out is not told as a session that has ended', async () => {
  const page = await here.visit();
  await signIn(page);
  await choose(page, ana, 'Sign out');
  await page.getByLabel('Username').waitFor();
  expect(await page.getByText('Your session has ended').count()).toBe(0);
});

test('signing out asks while something is not saved, and what was typed is there after the next sign-in', async () => {
  const page = await here.visit();
  await signIn(page);
  await makeFile(page, 'late.py');
  await page.route('**/text?*', (route) =>
    route.request().method() === 'PUT' ? route.abort() : route.continue(),
  );
  await editor(page).focus();
  await page.keyboard.type('last = 1');
  await choose(page, ana, 'Sign out');
  const dialog = page.getByRole('dialog', { name: 'Sign out while late.py is not saved?' });
  await dialog.getByRole('button', { name: 'Stay signed in' }).click();
  await editor(page).getByText('last').waitFor();
  await choose(page, ana, 'Sign out');
  await dialog.waitFor();
  await dialog.getByRole('button', { name: 'Sign out all the same' }).click();
  await page.getByLabel('Username').waitFor();
  await page.unroute('**/text?*');
  await signIn(page);
  await page.getByText('Unsaved changes in late.py are back').waitFor();
  await editor(page).getByText('last').waitFor();
});

test('what was typed when the session ended is there after signing in again', async () => {
  const left = await here.visit();
  const page = await here.visit();
  await signIn(left);
  await writeFile(left, 'typed.py', 'print(1)\n');
  await signIn(page);
  await choose(page, ana, 'Where you are signed in…');
  const button = page.getByRole('button', { name: 'End all others' });
  await button.waitFor();
  await replaceText(left, 'print("typed last")\n');
  await button.click();
  await isAtSignIn(left);
  await signIn(left);
  await left.locator('.cm-content').getByText('typed last').waitFor();
  await saved(left);
});

test('a list that cannot be had says why, and is asked for again', async () => {
  const page = await here.visit();
  await signIn(page);
  await page.route('**/api/sessions', (route) => route.abort());
  await choose(page, ana, 'Where you are signed in…');
  await page.getByRole('alert').getByText('The server cannot be reached').waitFor();
  await page.unroute('**/api/sessions');
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.getByText('this one').waitFor();
});
