import { expect, test } from 'vitest';
import { setting } from './browser';
import { ana, ben } from './product';
import { announced, run, seeInConsole, signIn, writeFile } from './steps';

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
