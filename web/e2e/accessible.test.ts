import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setting } from './browser';
import { ana, professor } from './product';
import { announced, replaceText, run, saved, signIn, writeFile } from './steps';

const here = setting([ana, professor]);
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  return violations.map(
    (one) =>
      `${one.id}: ${one.nodes.map((node) => `${node.target.join(' ')} ${node.html}`).join(' | ')}`,
  );
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the sign-in page is accessible in the ${colorScheme} theme`, async () => {
    const page = await here.visit({ colorScheme, reducedMotion: 'reduce' });
    await page.getByRole('heading', { name: /Sign in/ }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Enter your username').waitFor();
    expect(await faults(page)).toEqual([]);
  });

  test(`the IDE is accessible in the ${colorScheme} theme`, async () => {
    const page = await here.visit({ colorScheme, reducedMotion: 'reduce' });
    await signIn(page);
    await writeFile(
      page,
      `${colorScheme}.py`,
      'def f(x):  # a comment\n    return "text", x + 1\n\nprint(f(2))\nf()\n',
    );
    await run(page);
    await announced(page, 'Ended with an error');
    expect(await faults(page)).toEqual([]);

    await page.keyboard.press('F1');
    await page.getByRole('dialog', { name: 'All keys' }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.keyboard.press('Escape');

    await page.keyboard.press('Control+Shift+p');
    await page.getByRole('dialog', { name: 'All commands' }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.keyboard.press('Escape');

    await page.getByRole('treeitem').first().click({ button: 'right' });
    await page.getByRole('menu').waitFor();
    expect(await faults(page)).toEqual([]);
  });

  test(`the plots are accessible in the ${colorScheme} theme`, async () => {
    const page = await here.visit({ colorScheme, reducedMotion: 'reduce' });
    await signIn(page);
    await writeFile(page, `plain-${colorScheme}.py`, 'print("no figure")\n');
    await run(page);
    await announced(page, 'Finished in');
    await page.getByRole('tab', { name: 'Plots', exact: true }).click();
    await page.getByText('Figures appear here').waitFor();
    expect(await faults(page)).toEqual([]);

    const figures = 'import matplotlib.pyplot as plt\nfor n in 1, 2, 3:\n    plt.figure()\n';
    await writeFile(page, `plots-${colorScheme}.py`, figures);
    await run(page);
    await announced(page, '3 figures');
    await page.getByRole('heading', { name: 'Plots 3' }).waitFor();
    expect(await faults(page)).toEqual([]);

    await page.getByRole('button', { name: /^Figure 1 of/ }).click();
    await page.getByRole('dialog', { name: /^Figure 1 of/ }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.keyboard.press('Escape');

    await page.setViewportSize({ width: 1000, height: 768 });
    await page.getByRole('tab', { name: 'Plots 3' }).click();
    await page.getByRole('tabpanel', { name: 'Plots', exact: true }).waitFor();
    expect(await faults(page)).toEqual([]);
  });

  test(`the sessions and a new password are accessible in the ${colorScheme} theme`, async () => {
    const page = await here.visit({ colorScheme, reducedMotion: 'reduce' });
    await signIn(page);
    const account = page.getByRole('button', { name: 'Ana Ruiz: account' });
    await account.click();
    await page.getByRole('menuitem', { name: 'Where you are signed in…' }).click();
    await page.getByText('this one').waitFor();
    expect(await faults(page)).toEqual([]);

    await page.getByRole('button', { name: 'Change password…' }).click();
    await page.getByLabel('Current password').waitFor();
    expect(await faults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Enter the password that you have now.').waitFor();
    expect(await faults(page)).toEqual([]);
  });

  test(`a history and the trash are accessible in the ${colorScheme} theme`, async () => {
    const page = await here.visit({ colorScheme, reducedMotion: 'reduce' });
    await signIn(page);
    const name = `past-${colorScheme}.py`;
    await writeFile(page, name, `${'x = 1\n'.repeat(60)}print("then")\n`);
    await replaceText(page, `${'x = 1\n'.repeat(60)}print("now")\n`);
    await saved(page);
    await page.getByRole('button', { name: 'History', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: `${name} then` }).waitFor();
    expect(await faults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Show all lines', pressed: false }).click();
    await dialog.getByText('lines that are the same').waitFor({ state: 'detached' });
    expect(await faults(page)).toEqual([]);
    await page.setViewportSize({ width: 900, height: 768 });
    await dialog.getByRole('textbox', { name: 'what changed since then' }).waitFor();
    expect(await faults(page)).toEqual([]);
    await dialog.getByRole('option', { name: 'now' }).click();
    await dialog.getByText('This is what the file is now.').waitFor();
    expect(await faults(page)).toEqual([]);
    await page.keyboard.press('Escape');

    await page.getByRole('treeitem', { name }).focus();
    await page.keyboard.press('Delete');
    await page.getByText(`Deleted ${name}`).waitFor();
    await page.keyboard.press('Control+Shift+p');
    await page.keyboard.type('trash');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: `Restore ${name}` }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dialog.getByText(`${name} is back`).waitFor();
    expect(await faults(page)).toEqual([]);
  });

  test(`the settings of a class are accessible in the ${colorScheme} theme`, async () => {
    const page = await here.visit({ colorScheme, reducedMotion: 'reduce' });
    await signIn(page, professor);
    await page.getByRole('button', { name: 'CS 101 · Autumn' }).click();
    await page.getByRole('button', { name: 'Class settings' }).click();
    await page.getByRole('switch').waitFor();
    expect(await faults(page)).toEqual([]);
  });
}
