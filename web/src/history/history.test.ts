import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Refusal, Unreachable } from '../api/request';
import { getText, getVersion, listVersions } from '../api/trees';
import type { ProblemCode, VersionView } from '../api/types';
import { text } from '../text';
import { History } from './history.svelte';

vi.mock('../api/trees');

let timers: (() => void)[];
let history: History;

const version = (name: string): VersionView => ({
  version: name,
  at: '2026-01-01T10:42:07Z',
  size: 1,
  origin: 'saved',
});
const refusal = (code: ProblemCode) => new Refusal(code, 400, null, null);

function has(versions: string[], now: string | null): void {
  vi.mocked(listVersions).mockResolvedValue({ versions: versions.map(version) });
  if (now === null) vi.mocked(getText).mockRejectedValue(refusal('not_found'));
  else {
    const view = { text: `text of ${now}`, version: now, is_writable: true };
    vi.mocked(getText).mockResolvedValue(view);
  }
}

beforeEach(() => {
  timers = [];
  history = new History('home:ana', 'a.py', (_ms, action) => {
    timers.push(action);
    return () => (timers = timers.filter((one) => one !== action));
  });
  vi.mocked(getVersion).mockImplementation((_tree, _path, name) =>
    Promise.resolve({ text: `text of ${name}` }),
  );
});

afterEach(() => vi.resetAllMocks());

test('the newest version that the file is not now is chosen', async () => {
  has(['c', 'b', 'a'], 'c');
  await history.load();
  await vi.waitFor(() => expect(history.chosen).toEqual({ kind: 'text', text: 'text of b' }));
  expect([history.at, history.isNow, history.isRestorable]).toEqual([1, false, true]);
});

test('what is chosen stays when the list is read again, while it is an earlier one', async () => {
  has(['c', 'b', 'a'], 'c');
  await history.load();
  history.choose(2, true);
  has(['d', 'c', 'b', 'a'], 'd');
  await history.load();
  expect(history.version?.version).toBe('a');
  has(['a', 'd', 'c', 'b'], 'a');
  await history.load();
  expect(history.version?.version).toBe('d');
});

test('what a program wrote since makes the last save an earlier version', async () => {
  has(['b', 'a'], 'written');
  await history.load();
  expect(history.at).toBe(0);
});

test('what the file is now is not asked for again, and is not brought back', async () => {
  has(['a'], 'a');
  await history.load();
  await vi.waitFor(() => expect(history.chosen.kind).toBe('text'));
  expect(getVersion).not.toHaveBeenCalled();
  expect([history.isNow, history.isRestorable]).toEqual([true, false]);
});

test('a file that is gone has its history', async () => {
  has(['b', 'a'], null);
  await history.load();
  await vi.waitFor(() => expect(history.chosen.kind).toBe('text'));
  expect([history.at, history.isRestorable]).toEqual([0, true]);
});

test('going through the list asks for the one where somebody rests', async () => {
  has(['d', 'c', 'b', 'a'], 'd');
  await history.load();
  await vi.waitFor(() => expect(history.chosen.kind).toBe('text'));
  history.choose(2);
  history.choose(3);
  expect(history.chosen).toEqual({ kind: 'loading' });
  expect(timers).toHaveLength(1);
  timers.pop()?.();
  await vi.waitFor(() => expect(history.chosen).toEqual({ kind: 'text', text: 'text of a' }));
  history.choose(1);
  expect(history.chosen).toEqual({ kind: 'text', text: 'text of c' });
  expect(vi.mocked(getVersion).mock.calls.map((call) => call[2])).toEqual(['c', 'a']);
});

test('an answer that comes late does not take the place of what is chosen now', async () => {
  has(['c', 'b', 'a'], 'c');
  let late: (view: { text: string }) => void = () => undefined;
  vi.mocked(getVersion).mockReturnValueOnce(new Promise((answer) => (late = answer)));
  await history.load();
  history.choose(2, true);
  await vi.waitFor(() => expect(history.chosen.kind).toBe('text'));
  late({ text: 'text of b' });
  await Promise.resolve();
  expect(history.chosen).toEqual({ kind: 'text', text: 'text of a' });
});

test('what cannot be shown can still be brought back, and what is lost cannot', async () => {
  has(['b', 'a'], 'b');
  for (const [code, kind, isRestorable] of [
    ['not_text', 'hidden', true],
    ['too_large', 'hidden', true],
    ['damaged', 'lost', false],
    ['not_found', 'lost', false],
  ] as const) {
    vi.mocked(getVersion).mockRejectedValueOnce(refusal(code));
    await history.load();
    await vi.waitFor(() => expect(history.chosen).toEqual({ kind, code }));
    expect(history.isRestorable, code).toBe(isRestorable);
  }
});

test('without an answer there is another try', async () => {
  has(['b', 'a'], 'b');
  vi.mocked(getVersion).mockRejectedValueOnce(new Unreachable(''));
  await history.load();
  await vi.waitFor(() => expect(history.chosen).toEqual({ kind: 'failed', why: text.unreachable }));
  history.retry();
  await vi.waitFor(() => expect(history.chosen.kind).toBe('text'));
});

test('a list that does not come says why', async () => {
  has([], 'a');
  vi.mocked(listVersions).mockRejectedValue(new Unreachable(''));
  await history.load();
  expect(history.listing).toEqual({ kind: 'failed', why: text.unreachable });
});

test('a file of which nothing was ever saved has an empty history', async () => {
  has([], 'a');
  await history.load();
  expect(history.listing).toMatchObject({ kind: 'ready', versions: [] });
  expect([history.chosen.kind, history.isRestorable]).toEqual(['none', false]);
});
