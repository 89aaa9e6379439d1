// Takes the pictures of the documentation. Also a test: what they show must be reachable.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { setting } from './browser';
import { fillHome, fillShared, images } from './demo';
import { ana, professor } from './product';
import {
  announced,
  editor,
  expectNone,
  row,
  run,
  saved,
  seeInConsole,
  signIn,
  watchErrors,
} from './steps';

const here = setting([ana, professor]);

test('the sign-in page and the IDE can be shown in both themes', async () => {
  await mkdir(images, { recursive: true });
  const theirs = await here.visit();
  await signIn(theirs, professor);
  await fillShared(theirs);

  const page = await here.visit({ colorScheme: 'light', reducedMotion: 'reduce' });
  const errors = watchErrors(page);
  await page.getByRole('heading', { name: 'Sign in to' }).waitFor();
  await page.getByLabel('Username').fill(ana.name);
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.screenshot({ path: join(images, `sign-in-${theme}.png`) });
  }

  await signIn(page);
  await fillHome(page, ana.name);
  await page.reload();
  await row(page, 'homework-3').click();
  for (const name of ['helpers.py', 'rolls.csv', 'dice.py']) {
    await row(page, name).click();
    await page.getByRole('tab', { name, selected: true }).waitFor();
  }
  await editor(page).filter({ hasText: 'How many rolls?' }).focus();
  await page.keyboard.press('Control+End');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('End');
  await page.keyboard.type('  # appears under Plots');
  await saved(page);
  await run(page);
  await seeInConsole(page, 'How many rolls?');
  await page.keyboard.type('600\n');
  await announced(page, 'Finished in');
  await seeInConsole(page, '>>>');
  await page.keyboard.type('counts\n');
  await seeInConsole(page, /\[\d+, \d+, \d+, \d+, \d+, \d+\]/);
  await page.getByRole('button', { name: 'Figure 1 of dice.py' }).waitFor();
  for (const theme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.waitForFunction(
      (wanted) => document.documentElement.dataset['theme'] === wanted,
      theme,
    );
    await page.screenshot({ path: join(images, `ide-${theme}.png`) });
  }
  expect(await page.locator('.note').count()).toBe(1);
  expectNone(errors);
});
