import { expect, test } from 'vitest';
import { setting } from './browser';
import { ana, password } from './product';
import { expectNone, signIn, watchErrors } from './steps';

const here = setting();

test('a wrong password is told plainly and the right one lets in', async () => {
  const page = await here.visit();
  const errors = watchErrors(page);
  expect(
    await page.getByLabel('Username').evaluate((field) => field === document.activeElement),
  ).toBe(true);
  await page.getByLabel('Username').fill(ana.name);
  await page.getByLabel('Password', { exact: true }).fill('not it');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('The username or the password is wrong').waitFor();
  await signIn(page);
  expectNone(errors);
});

test('an empty form asks for what is missing without a request', async () => {
  const page = await here.visit();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Enter your username and your password.').waitFor();
});

test('a password can be shown and hidden', async () => {
  const page = await here.visit();
  const field = page.getByLabel('Password', { exact: true });
  await field.fill(password);
  await page.getByRole('button', { name: 'Show password' }).click();
  expect(await field.getAttribute('type')).toBe('text');
  await page.getByRole('button', { name: 'Hide password' }).click();
  expect(await field.getAttribute('type')).toBe('password');
});

test('a server that is away is told plainly', async () => {
  const page = await here.visit();
  await page.getByLabel('Username').fill(ana.name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('The server cannot be reached.').waitFor();
});

test('too many attempts count down', async () => {
  const page = await here.visit();
  const counting = page.getByText(/Too many attempts. Try again in/);
  for (let attempt = 0; attempt < 40 && !(await counting.isVisible()); attempt += 1) {
    await page.getByLabel('Username').fill('somebody-else');
    await page.getByLabel('Password', { exact: true }).fill(`guess ${attempt}`);
    const answered = page.waitForResponse('**/api/session');
    await page.getByRole('button', { name: 'Sign in' }).click();
    const { status } = { status: (await answered).status() };
    if (status === 429) break;
    await page.getByText('The username or the password is wrong').waitFor();
  }
  await counting.waitFor();
  expect(await page.getByRole('button', { name: 'Sign in' }).isDisabled()).toBe(true);
});

test('the sign-in page loads neither the editor nor the terminal', async () => {
  const page = await here.visit();
  await page.getByRole('heading', { name: /Sign in/ }).waitFor();
  const scripts = await page.evaluate(() =>
    performance.getEntriesByType('resource').map((entry) => entry.name),
  );
  expect(scripts.filter((name) => /\/Ide-/.test(name))).toEqual([]);
});
