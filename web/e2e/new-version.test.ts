// A new version of the front end: how pages of an earlier one come to it without losing anything.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setting } from './browser';
import { editor, makeFile, row, run, saveState, seeInConsole, signIn, writeFile } from './steps';

const here = setting();

/** Lets the server have another build than the page, until it is taken back. */
async function withNewerServer(page: Page): Promise<() => void> {
  let isNewer = true;
  await page.routeWebSocket(/\/api\/socket$/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      const isWelcome = typeof message === 'string' && message.includes('"welcome"');
      socket.send(
        isWelcome && isNewer ? message.replace(/"build":"\w+"/, '"build":"newer"') : message,
      );
    });
  });
  return () => (isNewer = false);
}

test('an old page is loaded again when nobody does anything, and all is where it was', async () => {
  const page = await here.visit();
  const takeBack = await withNewerServer(page);
  await page.reload();
  await signIn(page);
  await writeFile(page, 'first.py', 'a = 1\n');
  await writeFile(page, 'hello.py', 'name = input("Who? ")\nprint("Hello", name)\n');
  await run(page);
  await seeInConsole(page, 'Who?');
  await page.keyboard.type('A');
  await editor(page).focus();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.getByText('Ln 2, Col 2').waitFor();
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type('d');
  await page.getByText('A new version is here.').waitFor();
  takeBack();
  await page.waitForEvent('load');

  await seeInConsole(page, 'Who? Ad');
  await page.getByRole('tab', { name: 'first.py' }).waitFor();
  await page.getByRole('tab', { name: 'hello.py', selected: true }).waitFor();
  await page.getByText('Ln 2, Col 2').waitFor();
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.className))
    .toContain('xterm');
  await page.keyboard.type('a\n');
  await seeInConsole(page, 'Hello Ada');
  expect(await page.getByText('A new version is here.').count()).toBe(0);
});

test('an old page with unsaved text offers the new one and waits', async () => {
  const page = await here.visit();
  await withNewerServer(page);
  await page.reload();
  await signIn(page);
  await makeFile(page, 'unsaved.py');
  await page.route('**/text?*', (route) =>
    route.request().method() === 'PUT' ? route.abort() : route.continue(),
  );
  await editor(page).focus();
  await page.keyboard.type('kept = True');
  await saveState(page).filter({ hasText: 'Offline' }).waitFor();
  await page.getByText('A new version is here.').waitFor();
  const loaded = page.waitForEvent('load');
  await page.getByRole('button', { name: 'Reload' }).click();
  await loaded;
  await page.unroute('**/text?*');
  await page.getByText('Unsaved changes in unsaved.py are back').waitFor();
  await editor(page).getByText('kept').waitFor();
  // It has been loaded again for this build; that it is still another one is said, and no more.
  await page.getByText('A new version is here.').waitFor();
  await row(page, 'unsaved.py').waitFor();
});

test('a page that speaks another protocol keeps its text, says what to do, and does it', async () => {
  const page = await here.visit();
  await signIn(page);
  let isOld = true;
  await page.routeWebSocket(/\/api\/socket$/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      const isHello = typeof message === 'string' && message.includes('"hello"');
      server.send(isHello && isOld ? '{"type":"hello","protocol":1}' : message);
    });
  });
  await page.reload();
  await page.getByText('Programs can be run again after a reload').waitFor();
  await makeFile(page, 'old.py');
  await editor(page).focus();
  await page.keyboard.type('still = "saved"');
  const loaded = page.waitForEvent('load');
  await loaded;
  isOld = false;
  await editor(page).getByText('still').waitFor();
  await page.getByRole('button', { name: 'Run' }).click();
  await seeInConsole(page, 'python3 old.py');
});
