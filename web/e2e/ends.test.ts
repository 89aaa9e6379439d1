import { expect, test } from 'vitest';
import { setting } from './browser';
import { ana, ben } from './product';
import { announced, consoleRows, run, seeInConsole, signIn, writeFile } from './steps';

const here = setting([ana, ben], ['--run-cpu-seconds', '1', '--run-output-mb', '1', '--runs', '1']);

test('a program that computes without end is told how long it did, and to look for a loop', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'endless.py', 'while True:\n    pass\n');
  await run(page);
  await announced(page, /it computed for 1 s, the longest allowed.*loop that never ends\?/);
  await page.locator('.note-bad').getByText('Is there a loop that never ends?').waitFor();
});

test('a program that prints without end is told how much it did', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'prints.py', 'while True:\n    print("again and again")\n');
  await run(page);
  await announced(page, /it printed more than 1 MB.*print in a loop that never ends\?/);
});

test('a long explanation can be read whole, in a wide console and in one of 80 columns', async () => {
  const page = await here.visit();
  await signIn(page);
  const name = 'nothing_at_all_is_called_like_this';
  await writeFile(page, 'explained.py', `averages = [1, 2]\nprint(${name})\n`);
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
    await announced(page, 'explained.py: Ended with an error on line 2');
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

test('a program that has to wait says which place it has, and starts by itself', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'holds.py', 'input("held ")\n');
  await run(page);
  await seeInConsole(page, 'held');

  const other = await here.visit();
  await signIn(other, ben);
  await writeFile(other, 'waits.py', 'print("my turn")\n');
  await run(other);
  await other
    .getByText('Waiting for a free place: you are next. The program starts by itself.')
    .waitFor();
  await announced(other, 'you are next');
  expect(await other.getByRole('button', { name: 'Stop' }).isVisible()).toBe(true);

  await page.getByRole('button', { name: 'Stop' }).click();
  await seeInConsole(other, 'my turn');
  await announced(other, 'waits.py: Finished in');
});
