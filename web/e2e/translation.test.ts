// A browser's translator replaces text nodes with elements of its own. The page must not write to
// a text node that is gone, since nobody would see it.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setting } from './browser';
import { fillShared } from './demo';
import { ana, ben, professor } from './product';
import {
  announced,
  choose,
  consoleRows,
  editor,
  makeFile,
  replaceText,
  row,
  run,
  saved,
  saveState,
  seeInConsole,
  signIn,
} from './steps';

const here = setting([ana, ben, professor]);

declare global {
  interface Window {
    /** Texts that the page wrote to, or removed, after the translator had replaced their nodes. */
    lost: string[];
  }
}

/** Translates the page, and all that changes later, as a browser's translator does. */
function translate(): void {
  window.lost = [];
  const replaced = new WeakSet<Node>();
  const replace = (node: Node): void => {
    const parent = node.parentElement;
    if (parent === null || (node.nodeValue ?? '').trim() === '') return;
    if (parent.closest('[translate="no"], .notranslate, script, style, textarea, font')) return;
    const outer = document.createElement('font');
    const inner = document.createElement('font');
    inner.textContent = node.nodeValue;
    outer.append(inner);
    replaced.add(node);
    parent.replaceChild(outer, node);
  };
  const all = (root: Node): void => {
    if (root instanceof Text) return replace(root);
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const texts: Node[] = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    texts.forEach(replace);
  };
  const own = Object.getOwnPropertyDescriptor(Node.prototype, 'nodeValue');
  Object.defineProperty(Node.prototype, 'nodeValue', {
    ...own,
    set(this: Node, value: string) {
      if (replaced.has(this)) window.lost.push(`${this.nodeValue ?? ''} → ${value}`);
      own?.set?.call(this, value);
    },
  });
  const { remove } = CharacterData.prototype;
  CharacterData.prototype.remove = function (this: CharacterData) {
    // A block without an element of its own would stay on the page.
    if (replaced.has(this)) window.lost.push(`${this.data} stays`);
    remove.call(this);
  };
  new MutationObserver((changes) => {
    for (const { addedNodes, target, type } of changes) {
      if (type === 'characterData') replace(target);
      else addedNodes.forEach(all);
    }
  }).observe(document, { childList: true, characterData: true, subtree: true });
}

async function lost(page: Page): Promise<string[]> {
  return page.evaluate(() => [...new Set(window.lost)]);
}

test('the page stays right while a program is written and run in a translated page', async () => {
  const page = await here.visit();
  await page.addInitScript(translate);
  await page.reload();
  await signIn(page);
  await makeFile(page, 'one.py');
  await replaceText(page, 'import time\nprint("begun")\ntime.sleep(100)\n');
  await saved(page);
  expect((await saveState(page).innerText()).match(/Saved/g)).toHaveLength(1);
  await run(page);
  await seeInConsole(page, 'begun');
  await page.getByText('one.py is running').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await announced(page, 'Stopped by you');
  await expect.poll(() => page.getByText('one.py is running').count()).toBe(0);
  const bar = page.getByRole('banner').getByRole('button', { name: /Run|Stop/ });
  await expect.poll(() => bar.innerText()).toMatch(/^\s*Run\s*F5\s*$/);

  await makeFile(page, 'two.py');
  await replaceText(page, 'wrong\n');
  await saved(page);
  await run(page);
  await announced(page, 'Ended with an error on line 1');
  await page.getByRole('button', { name: 'Go to line 1' }).waitFor();
  await replaceText(page, '# one\n# two\nwrong\n');
  await run(page);
  await page.getByRole('button', { name: 'Go to line 3' }).waitFor();
  expect(await consoleRows(page).locator('font').count()).toBe(0);
  expect(await editor(page).locator('font').count()).toBe(0);

  await replaceText(
    page,
    'import matplotlib.pyplot as plt\nfor n in 1, 2:\n    plt.figure()\n    plt.show()\n',
  );
  await run(page);
  await announced(page, '2 figures');
  await page.getByRole('heading', { name: 'Plots 2' }).waitFor();
  expect(await lost(page)).toEqual([]);
});

test('files and dialogs stay right in a translated page', async () => {
  const page = await here.visit();
  await page.addInitScript(translate);
  await page.reload();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Enter your username').waitFor();
  await page.getByLabel('Username').fill(ben.name);
  await page.getByLabel('Password', { exact: true }).fill('not this one');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('The username or the password is wrong').waitFor();
  await signIn(page, ben);
  await makeFile(page, 'a.py');
  await replaceText(page, 'x = 1\n');
  await saved(page);
  await replaceText(page, 'x = 2\n');
  await saved(page);
  await page.getByRole('button', { name: 'History', exact: true }).click();
  await page.getByRole('dialog').getByRole('option').nth(1).click();
  await page.getByRole('dialog').getByRole('option').nth(0).click();
  await page.keyboard.press('Escape');
  await row(page, 'a.py').click();
  await page.keyboard.press('F2');
  const name = page.getByRole('textbox', { name: 'Name' });
  await name.fill('a/b');
  await page.keyboard.press('Enter');
  await page.getByText('A name cannot contain a slash.').waitFor();
  await name.fill('..');
  await page.keyboard.press('Enter');
  await page.getByText('This name is taken by the system.').waitFor();
  expect(await page.getByText('A name cannot contain a slash.').count()).toBe(0);
  await name.fill('b.py');
  await page.keyboard.press('Enter');
  await row(page, 'b.py').waitFor();
  expect(await page.getByRole('tab', { name: 'b.py' }).innerText()).toBe('b.py');
  await page.keyboard.press('Delete');
  await page.getByText('Deleted b.py').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await row(page, 'b.py').waitFor();
  await page.keyboard.press('Control+Shift+p');
  await page.keyboard.type('pass');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('Enter the password that you have now.').waitFor();
  await page.keyboard.press('Escape');
  await choose(page, ben, 'Where you are signed in…');
  await page.getByText('this one').waitFor();
  await page.keyboard.press('Escape');
  await choose(page, ben, 'Sign out');
  await page.getByRole('heading', { name: /Sign in/ }).waitFor();
  expect(await lost(page)).toEqual([]);
});

test('a professor’s view stays right in a translated page', async () => {
  const page = await here.visit();
  await page.addInitScript(translate);
  await page.reload();
  await signIn(page, professor);
  await fillShared(page);
  for (const name of ['Ana Ruiz', 'Ben Carter']) {
    await page.getByRole('button', { name: 'CS 101 · Autumn' }).click();
    await page.getByRole('option', { name }).click();
    await page.getByText(`${name}’s files · read only`).waitFor();
    await page.getByRole('heading', { name: `${name}’s files` }).waitFor();
  }
  await page.getByRole('button', { name: 'Back to my files' }).click();
  await page.getByRole('tree', { name: 'Files' }).waitFor();
  await choose(page, professor, 'Class settings');
  await page.getByRole('switch').click();
  await page.getByText('Saved: errors are no longer').waitFor();
  await page.getByRole('switch').click();
  await page.getByText('Saved: errors are explained').waitFor();
  expect(await lost(page)).toEqual([]);
});
