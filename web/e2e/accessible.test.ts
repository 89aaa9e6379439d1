import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setting } from './browser';
import { announced, run, signIn, writeFile } from './steps';

const here = setting();
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
}
