import { mkdir, mkdtemp, rm, writeFile as writeToDisk } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setting } from './browser';
import { ana, ben, type NewUser } from './product';
import { editor, expectNone, makeFile, row, signIn, watchErrors } from './steps';

const cara: NewUser = { name: 'cdiaz', role: 'student', fullName: 'Cara Diaz' };
const here = setting([ana, ben, cara]);
let disk = '';

beforeAll(async () => {
  disk = await mkdtemp(join(tmpdir(), 'pythonide-drops-'));
  await mkdir(join(disk, 'project', 'data', 'deep'), { recursive: true });
  await mkdir(join(disk, 'project', 'empty'));
  await writeToDisk(join(disk, 'project', 'main.py'), 'print("from a folder")\n');
  await writeToDisk(join(disk, 'project', 'data', 'table.csv'), 'a,b\n');
  await writeToDisk(join(disk, 'project', 'data', 'deep', 'note.txt'), 'deep\n');
  await writeToDisk(join(disk, 'single.py'), 'print("single")\n');
  await mkdir(join(disk, 'many'));
  // More than one answer of the browser's directory reader holds.
  for (let n = 0; n < 130; n += 1) await writeToDisk(join(disk, 'many', `f${n}.txt`), `${n}\n`);
});

afterAll(() => rm(disk, { recursive: true }));

/** Drops files and folders of the disk on an element, as a file manager does. */
async function drop(page: Page, on: Locator, ...names: string[]): Promise<void> {
  const box = await on.boundingBox();
  if (box === null) throw new Error('the element is not on the screen');
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: names.map((name) => join(disk, name)), dragOperationsMask: 1 };
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, ...at, data });
  }
}

test('a dropped folder is uploaded whole', async () => {
  const page = await here.visit();
  const errors = watchErrors(page);
  await signIn(page);
  await makeFile(page, 'here.py');
  await drop(page, row(page, 'here.py'), 'project', 'single.py');
  await page.getByText('Uploaded 4 files').waitFor();
  await row(page, 'single.py').waitFor();
  await row(page, 'project').click();
  await page.getByRole('treeitem', { name: 'empty', level: 2 }).waitFor();
  await row(page, 'data').click();
  await row(page, 'deep').click();
  await page.getByRole('treeitem', { name: 'note.txt', level: 4 }).waitFor();
  await row(page, 'main.py').click();
  await editor(page).getByText('from a folder').waitFor();
  expectNone(errors);
});

test('a folder of many files is uploaded, and one answer replaces them all', async () => {
  const page = await here.visit();
  await signIn(page, ben);
  await makeFile(page, 'here.py');
  await drop(page, row(page, 'here.py'), 'many');
  await page.getByText(/Uploading \d+ of 130…/).waitFor();
  await page.getByText('Uploaded 130 files').waitFor({ timeout: 40_000 });
  await row(page, 'many').click();
  await row(page, 'f129.txt').waitFor();
  await row(page, 'many').click();
  await page.getByText('Uploaded 130 files').waitFor({ state: 'detached' });

  await drop(page, row(page, 'here.py'), 'many');
  const dialog = page.getByRole('dialog', { name: /^Replace f\d+\.txt\?$/ });
  await dialog.getByRole('checkbox', { name: 'Do this for all files that already exist' }).check();
  await dialog.getByRole('button', { name: 'Skip' }).click();
  await page.getByText('No file was uploaded.').waitFor({ timeout: 40_000 });
  expect(await page.getByRole('dialog').count()).toBe(0);
});

test('a file dropped on the editor is uploaded', async () => {
  const page = await here.visit();
  await signIn(page, cara);
  await makeFile(page, 'open.py');
  await drop(page, editor(page), 'single.py', 'project');
  await page.getByText(/^Uploaded \d/).waitFor();
  await row(page, 'single.py').waitFor();
  expect(await editor(page).innerText()).not.toContain('single');
});
