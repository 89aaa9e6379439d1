import { expect, test } from 'vitest';
import { setting } from './browser';
import {
  announced,
  consoleRows,
  editor,
  expectNone,
  run,
  seeInConsole,
  signIn,
  watchErrors,
  writeFile,
} from './steps';

const here = setting();

test('a program asks, is answered, and its variables are there afterwards', async () => {
  const page = await here.visit();
  const errors = watchErrors(page);
  await signIn(page);
  await writeFile(page, 'ask.py', 'name = input("Who? ")\nprint("Hello,", name)\n');
  await run(page);
  await seeInConsole(page, 'python3 ask.py');
  await seeInConsole(page, 'Who?');
  await page.keyboard.type('Ana\n');
  await seeInConsole(page, 'Hello, Ana');
  await announced(page, /ask\.py: Finished in \d/);
  await seeInConsole(page, '>>>');
  await page.keyboard.type('name * 2\n');
  await seeInConsole(page, "'AnaAna'");
  expectNone(errors);
});

test('the last line typed is what runs', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'latest.py', 'print("old")\n');
  await editor(page).focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('print("brand new")\n');
  await page.keyboard.press('F5');
  await seeInConsole(page, 'brand new');
});

test('Ctrl-C interrupts a program', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'sleepy.py', 'import time\nprint("waiting")\ntime.sleep(600)\n');
  await run(page);
  await seeInConsole(page, 'waiting');
  await page.keyboard.press('Control+c');
  await seeInConsole(page, 'KeyboardInterrupt');
  await announced(page, /sleepy\.py: (Stopped by you|Ended with an error)/);
});

// How soon it does is measured by `cargo xtask bench runs --only stop`: a test sees it only when it looks again.
test('Stop ends a flood, and the console has done with it', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'flood.py', 'n = 0\nwhile True:\n    n += 1\n    print("flood", n)\n');
  await run(page);
  await seeInConsole(page, /flood \d{4}/);
  await page.getByRole('button', { name: 'Stop' }).click();
  await announced(page, 'Stopped by you');
  await page.getByRole('button', { name: 'Run' }).waitFor();
  const rows = await consoleRows(page).locator('> div').allInnerTexts();
  expect(rows.findLast((row) => /\S/.test(row))).toContain('Stopped by you');
});

test('Stop at the prompt says who stopped it', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'prompt.py', 'x = 1\n');
  await run(page);
  await seeInConsole(page, '>>>');
  await page.keyboard.press('Shift+F5');
  await announced(page, 'prompt.py: Stopped by you');
  await seeInConsole(page, 'Stopped by you. Run again to start over.');
});

test('exit() at the prompt says that Python has ended', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'leave.py', 'x = 1\n');
  await run(page);
  await seeInConsole(page, '>>>');
  await page.keyboard.type('exit()\n');
  await announced(page, 'leave.py: Python has ended.');
});

test('a reload keeps the output and the running program', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(
    page,
    'long.py',
    'print("before")\nanswer = input("More? ")\nprint("after", answer)\n',
  );
  await run(page);
  await seeInConsole(page, 'More?');
  await page.reload();
  await seeInConsole(page, 'before');
  await page.getByRole('button', { name: 'Stop' }).waitFor();
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type('yes\n');
  await seeInConsole(page, 'after yes');
  const shown = await consoleRows(page).innerText();
  expect(shown.match(/before/g)).toHaveLength(1);
});

test('a gap in the network neither loses nor doubles output', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(
    page,
    'ticks.py',
    'import time\nfor n in range(7):\n    print("tick", n)\n    time.sleep(0.4)\nprint("over")\n',
  );
  await run(page);
  await seeInConsole(page, 'tick 2');
  await page.context().setOffline(true);
  await page.getByText('Reconnecting…').waitFor();
  await page.context().setOffline(false);
  await seeInConsole(page, 'over');
  await announced(page, 'Finished in');
  const shown = await consoleRows(page).innerText();
  const ticks = [...shown.matchAll(/tick.(\d+)/g)].map((match) => Number(match[1]));
  expect(ticks).toEqual([...Array(7).keys()]);
});

test('100,000 lines arrive to the last', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'many.py', 'for n in range(1, 100_001):\n    print("line", n)\n');
  await run(page);
  await announced(page, 'Finished in');
  await seeInConsole(page, /line.100000/);
});

test('an error names its line, and the line is one click away', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'broken.py', 'a = 1\nb = 2\n\nprint(a + c)\n');
  await run(page);
  await announced(page, 'broken.py: Ended with an error on line 4');
  await seeInConsole(page, 'NameError');
  await page.getByRole('button', { name: 'Go to line 4' }).click();
  await page.getByText('Ln 4, Col 1').waitFor();

  await editor(page).press('Control+Home');
  await page.getByText('Ln 1, Col 1').waitFor();
  const place = page
    .locator('.xterm-rows > div')
    .filter({ hasText: /File ".*broken\.py", line 4/ });
  const box = await place.first().boundingBox();
  if (box === null) throw new Error('the traceback is not on the screen');
  await page.mouse.move(box.x + 60, box.y + box.height / 2);
  await page.mouse.move(box.x + 64, box.y + box.height / 2);
  await page.mouse.click(box.x + 64, box.y + box.height / 2);
  await page.getByText('Ln 4, Col 1').waitFor();
});

test('a run started in one window is seen in the other', async () => {
  const page = await here.visit();
  await signIn(page);
  const other = await here.visit();
  await signIn(other);
  await writeFile(page, 'seen.py', 'print("seen everywhere")\n');
  await run(page);
  await seeInConsole(other, 'seen everywhere');
});

test('the theme reaches the console', async () => {
  const page = await here.visit({ colorScheme: 'light' });
  await signIn(page);
  const colour = () => consoleRows(page).evaluate((rows) => getComputedStyle(rows).color);
  const light = await colour();
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('menuitem', { name: 'Dark' }).click();
  await expect.poll(colour).not.toBe(light);
});
