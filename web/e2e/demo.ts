// The folder of the pictures: what a student has in the middle of a term.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const dice = `import random
import matplotlib.pyplot as plt


def roll(times, sides=6):
    """How often each side comes up."""
    counts = [0] * sides
    for _ in range(times):
        counts[random.randrange(sides)] += 1
    return counts


times = int(input("How many rolls? "))
counts = roll(times)
print(f"Highest: {max(counts)}")
plt.bar(range(1, 7), counts)
plt.show()
`;

const helpers = `"""Small things that several exercises need."""


def mean(numbers):
    return sum(numbers) / len(numbers)
`;

const rolls = 'side,count\n1,96\n2,104\n3,88\n4,118\n5,99\n6,95\n';

const histogram =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 40"><path d="M5 35h50M10 35V9m10 26V7m10 28V11m10 24V4m10 31V8" stroke="#3b6fe0" stroke-width="6"/></svg>';

/** Fills the home folder through the same requests the page makes. */
export async function fillHome(page: Page, username: string): Promise<void> {
  const tree = `/api/trees/${encodeURIComponent(`home:${username}`)}`;
  const origin = new URL(page.url()).origin;
  const headers = { origin };
  for (const path of ['homework-2', 'homework-3']) {
    const made = await page.request.post(`${origin}${tree}/folders`, { headers, data: { path } });
    expect(made.status()).toBe(201);
  }
  const files = {
    'homework-2/loops.py': 'for n in range(3):\n    print(n)\n',
    'homework-3/dice.py': dice,
    'homework-3/helpers.py': helpers,
    'homework-3/rolls.csv': rolls,
    'homework-3/histogram.svg': histogram,
    'notes.md': '# Notes\n\nA list begins at 0.\n',
  };
  for (const [path, text] of Object.entries(files)) {
    const address = `${origin}${tree}/text?path=${encodeURIComponent(path)}`;
    const made = await page.request.put(address, { headers, data: { text } });
    expect(made.ok(), path).toBe(true);
  }
}

/** Puts something into the shared folder, as a professor. */
export async function fillShared(page: Page): Promise<void> {
  const origin = new URL(page.url()).origin;
  const headers = { origin };
  const made = await page.request.post(`${origin}/api/trees/shared/folders`, {
    headers,
    data: { path: 'Lecture 7 · loops' },
  });
  expect(made.status()).toBe(201);
  const path = encodeURIComponent('Lecture 7 · loops/example.py');
  const file = await page.request.put(`${origin}/api/trees/shared/text?path=${path}`, {
    headers,
    data: { text: 'for n in range(10):\n    print(n)\n' },
  });
  expect(file.ok()).toBe(true);
}

/** Where pictures go: to the documentation when it is to be renewed, otherwise out of the way. */
export const images =
  process.env['UPDATE_IMAGES'] === undefined
    ? join(tmpdir(), 'pythonide-images')
    : join(import.meta.dirname, '..', '..', 'docs', 'images');
