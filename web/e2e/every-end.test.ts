import { readFile } from 'node:fs/promises';
import { test } from 'vitest';
import { setting } from './browser';
import { announced, run, seeInConsole, signIn, writeFile } from './steps';

const here = setting(undefined, [
  ...['--run-cpu-seconds', '1', '--run-output-mb', '1', '--run-processes', '12'],
  ...['--run-memory-mb', '128', '--run-file-mb', '1', '--home-mb', '4'],
]);

const ends = [
  ['a program that is done', 'done', 'print(1)\n', /Finished in \d/],
  [
    'an error',
    'error',
    'scores = [3, 5]\n\nprint(scores[2])\n',
    /error on line 3 .*There is no element at this place/,
  ],
  [
    'an exit code',
    'leaves',
    'import sys\nsys.exit(3)\n',
    /ended itself with exit code 3 .*Any number/,
  ],
  [
    'too much computing',
    'computes',
    'n = 1\nwhile n > 0:\n    n += 1\n',
    /it computed for 1 s, the longest allowed .*a loop that never ends\?/,
  ],
  [
    'one thing that is too large',
    'huge',
    'text = "a" * 10**10\n',
    /on line 1: it wanted more than 128 MB .*far larger than you meant\?$/,
  ],
  [
    'a list that grows without end',
    'grows',
    'words = []\nwhile True:\n    words.append("hello" * 1000)\n',
    /on line 3: it wanted more than 128 MB .*keeps growing\?$/,
  ],
  [
    'too much output',
    'prints',
    'while True:\n    print("Are we there yet?")\n',
    /it printed more than 1 MB, the most allowed .*a print in a loop that never ends\?/,
  ],
  [
    'too many processes',
    'starts',
    'import subprocess\nall = []\nwhile True:\n    all.append(subprocess.Popen(["sleep", "9"]))\n',
    /on line 4: it started more than 12 processes and threads, .*Does a loop start another/,
  ],
  [
    'a file that grows too large',
    'writes',
    'file = open("log.txt", "w")\nwhile True:\n    file.write("line\\n" * 1000)\n',
    /on line 3: a file grew larger than 1 MB, .*Does a loop write without end\?/,
  ],
] as const;

test.each(ends)('%s is told with its reason', async (_, name, source, told) => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, `${name}.py`, source);
  await run(page);
  await announced(page, told);
});

test('a Stop is told as one’s own, and one for nobody as well', async () => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, 'waits.py', 'input("Well? ")\n');
  await run(page);
  await seeInConsole(page, 'Well?');
  await page.keyboard.press('Shift+F5');
  await announced(page, 'waits.py: Stopped by you');
  await page.getByText('Ended. Press F5 to run it again.').waitFor();
  await page.locator('.xterm-cursor').waitFor({ state: 'detached' });
  await page.keyboard.press('Shift+F5');
  await page.getByText('No program is running.').waitFor();
});

test.each([
  ['is stopped', 'SIGTERM', 'Stopped: the server is being restarted'],
  ['dies', 'SIGKILL', 'Lost: the server it ran on has failed'],
] as const)('a machine that %s is told as that, beneath the output', async (_, signal, why) => {
  const page = await here.visit();
  await signIn(page);
  await writeFile(page, `${signal}.py`, `print("before ${signal}")\ninput()\n`);
  await run(page);
  await seeInConsole(page, `before ${signal}`);
  process.kill(await pidOfHost(), signal);
  await announced(page, new RegExp(`${signal}.py: ${why}.*It is not your program’s fault`));
  await seeInConsole(page, new RegExp(`before.${signal}.*${why.slice(0, 4)}`, 's'));
  await page.reload();
  await announced(page, `${signal}.py: ${why}`);
});

test('files that take all the room are told as that', async () => {
  const page = await here.visit();
  await signIn(page);
  const source =
    'import time\nfor n in range(99):\n    with open(f"copy{n}", "w") as file:\n' +
    '        file.write("x" * 900_000)\n    time.sleep(0.2)\n';
  await writeFile(page, 'copies.py', source);
  await run(page);
  await announced(page, /Stopped: your files take more than 4 MB, the most allowed, .*Does a loop/);
});

async function pidOfHost(): Promise<number> {
  const { pid } = here.product;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  for (const child of children.trim().split(' ')) {
    const words = (await readFile(`/proc/${child}/cmdline`, 'utf8')).split('\0');
    if (words.includes('host')) return Number(child);
  }
  throw new Error('the product has no host');
}
