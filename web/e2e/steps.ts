// What people do, in the words of people.
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { ana, password, type NewUser } from './product';

export async function signIn(page: Page, user: NewUser = ana): Promise<void> {
  await page.getByLabel('Username').fill(user.name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Run' }).waitFor();
  await page.getByRole('tree', { name: 'Files' }).waitFor();
}

/** The console's rows that are on the screen. */
export function consoleRows(page: Page): Locator {
  return page.locator('.xterm-rows');
}

/** Chooses from the user's own menu. */
export async function choose(page: Page, user: { fullName: string }, item: string): Promise<void> {
  await page.getByRole('button', { name: `${user.fullName}: account` }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

/** Waits until the console shows a text. */
export async function seeInConsole(page: Page, text: string | RegExp): Promise<void> {
  await consoleRows(page).filter({ hasText: text }).waitFor();
}

/** Makes a file through the dialog and types its text. */
export async function writeFile(page: Page, name: string, content: string): Promise<void> {
  await makeFile(page, name);
  await replaceText(page, content);
  await saved(page);
}

export async function makeFile(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'New file', exact: true }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('button', { name: 'Make', exact: true }).click();
  await page.getByRole('tab', { name, selected: true }).waitFor();
  await editor(page).waitFor();
}

export function editor(page: Page): Locator {
  return page.locator('.cm-content');
}

/** Puts a text into the editor at once, as a paste does. */
export async function replaceText(page: Page, content: string): Promise<void> {
  await editor(page).focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(content);
}

/** Waits until the server has told that the text is safe. */
export async function saved(page: Page): Promise<void> {
  await saveState(page)
    .filter({ hasText: /^\s*Saved \d\d:\d\d:\d\d\s*$/ })
    .waitFor();
}

export function saveState(page: Page): Locator {
  return page.getByTestId('save-state');
}

/** Presses Run, and waits until the console is the new program's: it may show the prompt of an earlier one until then. */
export async function run(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Run' }).click();
  await page.locator('.run[aria-busy="true"]').waitFor({ state: 'detached' });
}

/** Waits until the end of the program was said aloud, and returns the sentence. */
export async function announced(page: Page, text: string | RegExp): Promise<void> {
  await page.getByTestId('announcement').filter({ hasText: text }).waitFor({ state: 'attached' });
}

export function row(page: Page, name: string): Locator {
  return page.getByRole('treeitem', { name });
}

/** Everything the browser reported that nobody expected. */
export function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|WebSocket/.test(message.text())) {
      errors.push(message.text());
    }
  });
  return errors;
}

export function expectNone(errors: readonly string[]): void {
  expect(errors).toEqual([]);
}
