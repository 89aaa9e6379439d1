import { mkdtemp, readFile, rm, writeFile as writeFileToDisk } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { setting } from './browser';
import { ana, ben } from './product';
import { editor, expectNone, makeFile, row, saved, signIn, watchErrors, writeFile } from './steps';

const here = setting([ana, ben]);

test('an empty folder invites to the first program', async () => {
  const page = await here.visit();
  await signIn(page, ben);
  await page.getByText('No files yet.').waitFor();
  await page.getByRole('button', { name: 'Make main.py' }).click();
  await page.getByRole('tab', { name: 'main.py', selected: true }).waitFor();
  await editor(page).getByText('Hello, world!').waitFor();
});

test('files are made, renamed, moved, deleted and brought back', async () => {
  const page = await here.visit();
  const errors = watchErrors(page);
  await signIn(page);
  await writeFile(page, 'first.py', 'print(1)\n');

  await row(page, 'first.py').focus();
  await page.keyboard.press('F2');
  await page.getByRole('textbox', { name: 'Name' }).fill('second.py');
  await page.keyboard.press('Enter');
  await row(page, 'second.py').waitFor();
  await page.getByRole('tab', { name: 'second.py' }).waitFor();

  await page.getByRole('button', { name: 'New folder', exact: true }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill('week 1');
  await page.keyboard.press('Enter');
  await row(page, 'week 1').waitFor();

  await row(page, 'second.py').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Move to…' }).click();
  await page.getByLabel('To which folder?').selectOption('week 1');
  await page.getByRole('button', { name: 'Move', exact: true }).click();
  await page.getByRole('treeitem', { name: 'second.py', level: 2 }).waitFor();

  await row(page, 'second.py').focus();
  await page.keyboard.press('Delete');
  await page.getByText('Deleted second.py').waitFor();
  await expect.poll(() => row(page, 'second.py').count()).toBe(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await row(page, 'second.py').waitFor();
  await editor(page).getByText('print').waitFor();
  expectNone(errors);
});

test('a file is moved by drag and drop, and a name that is taken is refused', async () => {
  const page = await here.visit();
  await signIn(page);
  await makeFile(page, 'dragged.py');
  await page.getByRole('button', { name: 'New folder', exact: true }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill('target');
  await page.keyboard.press('Enter');
  await row(page, 'target').waitFor();
  await row(page, 'dragged.py').dragTo(row(page, 'target'));
  await page.getByText('Moved dragged.py to target').waitFor();
  await page.getByRole('treeitem', { name: 'dragged.py', level: 2 }).waitFor();

  await row(page, 'target').focus();
  await page.getByRole('button', { name: 'New file', exact: true }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill('dragged.py');
  await page.keyboard.press('Enter');
  await page.getByText('Something of that name is already there.').waitFor();
});

test('files are uploaded, replaced only when asked, and downloaded', async () => {
  const page = await here.visit();
  await signIn(page);
  const upload = (text: string) =>
    page.getByTestId('upload').setInputFiles({
      name: 'data.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(text),
    });
  await page.getByRole('button', { name: 'Upload files' }).first().waitFor();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Upload files' }).first().click();
  await (
    await chooser
  ).setFiles({ name: 'data.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n') });
  await page.getByText('Uploaded 1 file').waitFor();
  await row(page, 'data.csv').waitFor();

  await upload('c,d\n');
  await page.getByRole('heading', { name: 'Replace data.csv?' }).waitFor();
  await page.getByRole('button', { name: 'Replace', exact: true }).click();
  await row(page, 'data.csv').click();
  await editor(page).getByText('c,d').waitFor();

  await row(page, 'data.csv').click({ button: 'right' });
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Download' }).click();
  const path = await (await download).path();
  expect(await readFile(path, 'utf8')).toBe('c,d\n');
});

test('what was typed is there after a reload, in the same tab', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'kept.py', 'answer = 42\n');
  await page.reload();
  await page.getByRole('tab', { name: 'kept.py', selected: true }).waitFor();
  await editor(page).getByText('answer').waitFor();
});

test('names in emoji and in right-to-left script work', async () => {
  const page = await here.visit();
  await signIn(page);
  for (const name of ['🎲 würfel.py', 'برنامج.py']) {
    await writeFile(page, name, 'print("hello")\n');
    await row(page, name).waitFor();
  }
  await page.reload();
  await page.getByRole('tab', { name: 'برنامج.py', selected: true }).waitFor();
  await page.getByRole('button', { name: 'Run' }).click();
  await page.locator('.xterm-rows').filter({ hasText: 'hello' }).waitFor();
});

test('a binary file and a large one are not opened, and say why', async () => {
  const page = await here.visit();
  await signIn(page);
  const folder = await mkdtemp(join(tmpdir(), 'pythonide-uploads-'));
  const files = {
    'noise.bin': Buffer.from([0, 255, 254, 0, 1]),
    'large.txt': Buffer.alloc(20e6, 'x\n'),
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFileToDisk(join(folder, name), content);
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Upload files' }).first().click();
    await (await chooser).setFiles(join(folder, name));
    await row(page, name).waitFor();
  }
  await row(page, 'noise.bin').click();
  await page.getByText('This file is not text').waitFor();
  await page.getByRole('button', { name: 'Download' }).waitFor();
  await row(page, 'large.txt').click();
  await page.getByText(/larger than .* so the editor does not open it/).waitFor();
  await rm(folder, { recursive: true });
});

test('a picture is shown as a picture', async () => {
  const page = await here.visit();
  await signIn(page);
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><script>document.title="bad"</script><rect width="40" height="20"/></svg>';
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Upload files' }).first().click();
  await (
    await chooser
  ).setFiles({ name: 'box.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(svg) });
  await row(page, 'box.svg').click();
  const picture = page.getByRole('img', { name: 'The picture box.svg' });
  await picture.waitFor();
  await expect
    .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth))
    .toBe(40);
  expect(await page.title()).toBe('box.svg · pythonide');
});

test('closing a tab saves what was typed a moment ago', async () => {
  const page = await here.visit();
  await signIn(page);
  await makeFile(page, 'hasty.py');
  await editor(page).focus();
  await page.keyboard.type('x = 1');
  await page.keyboard.press('Alt+w');
  await expect.poll(() => page.getByRole('tab', { name: 'hasty.py' }).count()).toBe(0);
  await row(page, 'hasty.py').dblclick();
  await editor(page).getByText('x =').waitFor();
  await page.locator('.cm-content:focus').waitFor();
  await page.keyboard.type('0');
  await saved(page);
});
