import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Unreachable } from '../api/request';
import { getUsage } from '../api/trees';
import type { UsageView } from '../api/types';
import { fullnessOf, lookPause, Usage } from './usage.svelte';

vi.mock('../api/trees');

const gb = 2 ** 30;
const view = (bytes: number, files = 1): UsageView => ({
  bytes,
  files,
  max_bytes: 2 * gb,
  max_files: 10_000,
});

let now: number;
let timers: { ms: number; action: () => void }[];
let usage: Usage;

beforeEach(() => {
  [now, timers] = [0, []];
  vi.mocked(getUsage).mockResolvedValue(view(1));
  usage = new Usage('home:ana', {
    now: () => now,
    later: (ms, action) => {
      const timer = { ms, action };
      timers.push(timer);
      return () => (timers = timers.filter((one) => one !== timer));
    },
  });
});

afterEach(() => vi.resetAllMocks());

test('what leaves room enough is not told', () => {
  expect(fullnessOf(view(1.6 * gb, 8000))).toBeNull();
  expect(fullnessOf({ bytes: 0, files: 0, max_bytes: 0, max_files: 0 })).toBeNull();
});

test('what is nearly used up is told in words, in the unit of the limit', () => {
  expect(fullnessOf(view(1.7 * gb))).toMatchObject({ level: 'high', sentence: '1.7 of 2 GB used' });
  expect(fullnessOf(view(1, 8200))).toMatchObject({
    level: 'high',
    sentence: '8,200 of 10,000 files and folders',
  });
  const small = { bytes: 90.5 * 2 ** 20, files: 1, max_bytes: 100 * 2 ** 20, max_files: 10 };
  expect(fullnessOf(small)).toMatchObject({ sentence: '90 of 100 MB used' });
});

test('what is almost full is said to be, and not to be full before it is', () => {
  expect(fullnessOf(view(1.99 * gb))).toMatchObject({
    level: 'almost',
    sentence: 'Almost full: 1.9 of 2 GB used',
  });
  expect(fullnessOf(view(2.3 * gb))).toMatchObject({
    level: 'full',
    sentence: 'Full: 2.3 of 2 GB used',
  });
});

test('the fuller of the two is told', () => {
  expect(fullnessOf(view(1.7 * gb, 9900))?.sentence).toBe(
    'Almost full: 9,900 of 10,000 files and folders',
  );
});

test('many occasions within ten seconds are two looks: the first, and one for the rest', () => {
  usage.look();
  now = 4000;
  for (let n = 0; n < 5; n += 1) usage.look();
  expect(getUsage).toHaveBeenCalledTimes(1);
  expect(timers.map((timer) => timer.ms)).toEqual([lookPause - 4000]);
  now = lookPause;
  timers.pop()?.action();
  expect(getUsage).toHaveBeenCalledTimes(2);
  usage.look();
  expect(getUsage).toHaveBeenCalledTimes(2);
});

test('a look that fails leaves what was known', async () => {
  usage.look();
  await vi.waitFor(() => expect(usage.view?.bytes).toBe(1));
  vi.mocked(getUsage).mockRejectedValue(new Unreachable(''));
  now = lookPause;
  usage.look();
  await Promise.resolve();
  expect(usage.view?.bytes).toBe(1);
});

test('nothing is asked once it is closed', () => {
  usage.look();
  usage.look();
  usage.close();
  expect(timers).toEqual([]);
});
