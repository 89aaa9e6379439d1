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

test('Stop ends a flood within a second', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'flood.py', 'n = 0\nwhile True:\n    n += 1\n    print("flood", n)\n');
  await run(page);
  await seeInConsole(page, /flood \d{4}/);
  const pressed = Date.now();
  await page.getByRole('button', { name: 'Stop' }).click();
  await announced(page, 'Stopped by you');
  expect(Date.now() - pressed).toBeLessThan(1000);
  await page.getByRole('button', { name: 'Run' }).waitFor();
});

test('Stop at the prompt says who stopped it', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'prompt.py', 'x = 1\n');
  await run(page);
  await seeInConsole(page, '>>>');
  await page.keyboard.press('Shift+F5');
  await announced(page, 'prompt.py: Stopped by you');
  await seeInConsole(page, 'Stopped by you. Run again to start anew.');
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

test('a long explanation can be read whole, in a wide console and in one of 80 columns', async () => {
  const page = await here.visit();
  await signIn(page);
  const name = 'nothing_at_all_is_called_like_this';
  await writeFile(page, 'long.py', `averages = [1, 2]\nprint(${name})\n`);
  const words = `Nothing is called “${name}” here yet. Give it a value first (“${name} = …”), or put quotes around it if it is meant to be text.`;
  const note = page.locator('.note-hint');
  /** Neither beyond the console's edge nor over the lines below. */
  const isInside = () =>
    note.evaluate((element) => {
      const box = element.getBoundingClientRect();
      const inner = element.firstElementChild?.getBoundingClientRect();
      const screen = element.closest('.xterm-screen')?.getBoundingClientRect();
      return (
        inner !== undefined &&
        screen !== undefined &&
        inner.bottom <= box.bottom &&
        inner.right <= screen.right
      );
    });
  for (const width of [1366, 900]) {
    await page.setViewportSize({ width, height: 768 });
    await run(page);
    await announced(page, `long.py: Ended with an error on line 2`);
    await announced(page, words);
    await expect.poll(isInside).toBe(true);
    expect(await note.innerText()).toContain(words);
    // The same words are in the terminal, broken between words.
    const rows = await consoleRows(page).locator('> div').allInnerTexts();
    expect(rows.join(' ').replaceAll(/\s+/g, ' ')).toContain(words);
  }
  await page.setViewportSize({ width: 700, height: 768 });
  await expect.poll(isInside).toBe(true);
  expect(await note.innerText()).toContain(words);
});

test('a program that wants too much memory at once is told how much it may have', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'huge.py', 'print("go")\nx = "a" * 10**10\n');
  await run(page);
  await announced(page, /Ended on line 2: it wanted more than 512 MB.*larger than you meant\?/);
  await page.locator('.note-bad').getByText('It asked for a lot at once.').waitFor();
  await page.getByRole('button', { name: 'Go to line 2' }).waitFor();
});
