import { beforeEach, expect, test, vi } from 'vitest';
import { Refusal, Unreachable } from '../api/request';
import type { ProblemCode } from '../api/types';
import { quickRetries, Saver, type SaveState } from './saver';

let text: string;
/** What is on the server; `null` when the file is gone. */
let server: { text: string; version: string } | null;
let draft: { text: string; base: string | null } | null;
let states: SaveState[];
let timers: { ms: number; action: () => void }[];
/** What the next save throws, once. */
let fault: Error | null;
/** Whether the server cannot be reached at all. */
let isDown: boolean;
/** What happens after the server has saved and before its answer comes. */
let meanwhile: (() => void) | null;
let saver: Saver;

function refusal(code: ProblemCode, status = 409): Refusal {
  return new Refusal(code, status, null, null);
}

beforeEach(() => {
  text = 'a';
  server = { text: 'a', version: 'v:a' };
  [draft, fault, meanwhile, states, timers, isDown] = [null, null, null, [], [], false];
  saver = new Saver(
    {
      text: () => text,
      replace: (next) => (text = next),
      save: (next, base) => {
        if (isDown) return Promise.reject(new Unreachable('down'));
        if (fault !== null) {
          const thrown = fault;
          fault = null;
          return Promise.reject(thrown);
        }
        if (base === null && server !== null) return Promise.reject(refusal('already_exists'));
        if (base !== null && server === null) return Promise.reject(refusal('not_found'));
        if (base !== null && base !== server?.version) return Promise.reject(refusal('conflict'));
        server = { text: next, version: `v:${next}` };
        const saved = { version: server.version, saved_at: '2026-01-01T10:42:07Z' };
        return Promise.resolve().then(() => {
          meanwhile?.();
          meanwhile = null;
          return saved;
        });
      },
      load: () => Promise.resolve(server === null ? null : { ...server, is_writable: true }),
      keepDraft: (kept, base) => (draft = { text: kept, base }),
      dropDraft: () => (draft = null),
      stateChanged: (state) => states.push(state),
      later: (ms, action) => {
        const timer = { ms, action };
        timers.push(timer);
        return () => {
          timers = timers.filter((one) => one !== timer);
        };
      },
    },
    'a',
    'v:a',
  );
});

const nothingBeside = () => Promise.reject(new Error('there was no other text'));

function type(next: string): void {
  text = next;
  saver.edited();
}

/** Lets the pause between two quick tries be over. */
async function pause(ms: number): Promise<void> {
  await vi.waitFor(() => expect(timers.map((timer) => timer.ms)).toContain(ms));
  timers.find((timer) => timer.ms === ms)?.action();
  timers = timers.filter((timer) => timer.ms !== ms);
}

const kinds = () => states.map((state) => state.kind);

test('typing is unsaved until the server has answered', async () => {
  type('ab');
  expect(saver.state.kind).toBe('unsaved');
  const done = saver.save();
  expect(saver.state.kind).toBe('saving');
  expect(await done).toBe(true);
  expect(saver.state).toEqual({ kind: 'saved', at: '2026-01-01T10:42:07Z' });
  expect(server?.text).toBe('ab');
});

test('typing is saved by itself a second after it stops, and journalled before', () => {
  type('ab');
  type('abc');
  expect(timers.map((timer) => timer.ms).sort()).toEqual([1000, 400].sort());
  timers.find((timer) => timer.ms === 400)?.action();
  expect(draft).toEqual({ text: 'abc', base: 'v:a' });
});

test('the journal is emptied only once the server has everything', async () => {
  type('ab');
  saver.journalNow();
  meanwhile = () => type('abc');
  await saver.save();
  expect(saver.state.kind).toBe('unsaved');
  expect(draft).not.toBeNull();
  await saver.save();
  expect(draft).toBeNull();
});

test('asked again while it saves, it saves what was typed meanwhile as well', async () => {
  type('ab');
  meanwhile = () => {
    type('abc');
    void saver.save();
  };
  expect(await saver.save()).toBe(true);
  expect(server?.text).toBe('abc');
});

test('without a network the text stays in the journal and is tried again', async () => {
  type('ab');
  isDown = true;
  const done = saver.save();
  for (const ms of quickRetries) {
    expect(saver.state.kind).toBe('saving');
    await pause(ms);
    expect(draft).toEqual({ text: 'ab', base: 'v:a' });
  }
  expect(await done).toBe(false);
  expect(saver.state.kind).toBe('offline');
  // Once that is known, one try at a time will do.
  saver.retry();
  expect(await saver.save()).toBe(false);
  isDown = false;
  saver.retry();
  await saver.save();
  expect(server?.text).toBe('ab');
  expect(saver.state.kind).toBe('saved');
});

test('a server that is back within a moment is not worth a word', async () => {
  type('ab');
  fault = new Unreachable('stopped');
  const done = saver.save();
  await pause(quickRetries[0]);
  expect(await done).toBe(true);
  expect(server?.text).toBe('ab');
  expect(kinds()).not.toContain('offline');
});

test('what was typed after a save whose answer was lost is no conflict with oneself', async () => {
  type('ab');
  fault = new Unreachable('stopped');
  // It had come through.
  server = { text: 'ab', version: 'v:ab' };
  const done = saver.save();
  type('abc');
  await pause(quickRetries[0]);
  expect(await done).toBe(true);
  expect(server.text).toBe('abc');
  expect(kinds()).not.toContain('conflict');
});

test('a server that failed may have saved all the same', async () => {
  type('ab');
  fault = refusal('database_unavailable', 503);
  server = { text: 'ab', version: 'v:ab' };
  expect(await saver.save()).toBe(false);
  type('abc');
  expect(await saver.save()).toBe(true);
  expect(server.text).toBe('abc');
  expect(kinds()).not.toContain('conflict');
});

test('a text that is closed is not tried again', async () => {
  type('ab');
  isDown = true;
  const done = saver.save();
  await vi.waitFor(() => expect(timers.map((timer) => timer.ms)).toContain(quickRetries[0]));
  saver.close(true);
  isDown = false;
  await pause(quickRetries[0]);
  expect(await done).toBe(false);
  expect(server?.text).toBe('a');
});

test('a save whose answer was lost is no conflict', async () => {
  type('ab');
  server = { text: 'ab', version: 'v:ab' };
  expect(await saver.save()).toBe(true);
  expect(kinds()).not.toContain('conflict');
});

test('a full disk is told, and can be tried again', async () => {
  type('ab');
  fault = refusal('disk_full', 507);
  expect(await saver.save()).toBe(false);
  expect(saver.state).toEqual({ kind: 'failed', why: refusal('disk_full', 507) });
  saver.retry();
  expect(await saver.save()).toBe(true);
});

test('a change elsewhere is a conflict that overwrites nothing', async () => {
  type('mine');
  server = { text: 'theirs', version: 'v:theirs' };
  expect(await saver.save()).toBe(false);
  expect(saver.state).toEqual({
    kind: 'conflict',
    theirs: { text: 'theirs', version: 'v:theirs' },
  });
  expect(server.text).toBe('theirs');
  expect(draft?.text).toBe('mine');
  type('mine too');
  expect(await saver.save()).toBe(false);
  expect(saver.state.kind).toBe('conflict');
});

test('keeping mine saves mine, once theirs is safe beside it', async () => {
  type('mine');
  server = { text: 'theirs', version: 'v:theirs' };
  await saver.save();
  const beside: string[] = [];
  const isSaved = await saver.keepMine((theirs) => {
    beside.push(`${theirs} while the file is ${server?.text}`);
    return Promise.resolve();
  });
  expect(isSaved).toBe(true);
  expect(beside).toEqual(['theirs while the file is theirs']);
  expect(server.text).toBe('mine');
});

test('mine does not go over theirs while theirs cannot be put beside it', async () => {
  type('mine');
  server = { text: 'theirs', version: 'v:theirs' };
  await saver.save();
  const gone = new Unreachable('gone');
  await expect(saver.keepMine(() => Promise.reject(gone))).rejects.toBe(gone);
  expect(server.text).toBe('theirs');
  expect([saver.state.kind, text, draft?.text]).toEqual(['conflict', 'mine', 'mine']);
});

test('taking theirs shows theirs and is saved', async () => {
  type('mine');
  server = { text: 'theirs', version: 'v:theirs' };
  await saver.save();
  saver.takeTheirs();
  expect(text).toBe('theirs');
  expect(saver.state.kind).toBe('saved');
});

test('a file that was deleted elsewhere can be saved again', async () => {
  type('mine');
  server = null;
  expect(await saver.save()).toBe(false);
  expect(saver.state).toEqual({ kind: 'conflict', theirs: null });
  expect(await saver.keepMine(nothingBeside)).toBe(true);
  expect(server).toEqual({ text: 'mine', version: 'v:mine' });
});

test('a draft of a file that is gone waits for a choice, and can be saved again', async () => {
  text = 'draft';
  server = null;
  saver.orphaned('v:a');
  expect(saver.state).toEqual({ kind: 'conflict', theirs: null });
  expect(timers).toEqual([]);
  expect(await saver.save()).toBe(false);
  expect(server).toBeNull();
  expect(await saver.keepMine(nothingBeside)).toBe(true);
  expect(server).toEqual({ text: 'draft', version: 'v:draft' });
  expect(draft).toBeNull();
});

test('a refresh shows what is new only when nothing is unsaved', () => {
  saver.refreshed({ text: 'b', version: 'v:b', is_writable: true }, 'v:a');
  expect(text).toBe('b');
  type('bc');
  saver.refreshed({ text: 'd', version: 'v:d', is_writable: true }, 'v:b');
  expect(text).toBe('bc');
});

test('a restored draft made from an older version ends in a conflict, not in a loss', async () => {
  text = 'draft';
  saver.restored('v:older');
  expect(await saver.save()).toBe(false);
  expect(saver.state.kind).toBe('conflict');
  expect(server?.text).toBe('a');
});

test('undoing everything needs no save', async () => {
  type('ab');
  type('a');
  expect(await saver.save()).toBe(true);
  expect(kinds()).not.toContain('saving');
});

test('a look that began before a save does not bring the old text back', async () => {
  const before = { text: 'a', version: 'v:a', is_writable: true };
  const { base } = saver;
  type('ab');
  await saver.save();
  saver.refreshed(before, base);
  expect(text).toBe('ab');
  expect(saver.state.kind).toBe('saved');
});

test('a file that vanishes under its text is told, and is there again when it is', async () => {
  saver.refreshed(null, 'v:a');
  expect(saver.state).toEqual({ kind: 'conflict', theirs: null });
  expect(text).toBe('a');
  expect(draft).toEqual({ text: 'a', base: 'v:a' });
  saver.refreshed({ text: 'b', version: 'v:b', is_writable: true }, 'v:a');
  expect(saver.state.kind).toBe('saved');
  expect(text).toBe('b');
  expect(draft).toBe(null);
});

test('a look that is answered after its tab was closed leaves the draft of the tab that was opened again', () => {
  saver.close(true);
  draft = { text: 'of another', base: 'v:x' };
  saver.refreshed(null, 'v:a');
  saver.refreshed({ text: 'b', version: 'v:b', is_writable: true }, 'v:a');
  expect(draft).toEqual({ text: 'of another', base: 'v:x' });
});

test('what was typed since a file vanished is not taken away when it is there again', () => {
  saver.refreshed(null, 'v:a');
  type('ab');
  saver.refreshed({ text: 'b', version: 'v:b', is_writable: true }, 'v:a');
  expect(saver.state.kind).toBe('conflict');
  expect(text).toBe('ab');
});

test('what is typed while a save is under way is journalled as made from what was saved', async () => {
  type('ab');
  meanwhile = () => type('abc');
  await saver.save();
  expect(draft).toEqual({ text: 'abc', base: 'v:ab' });
});

test.each([
  ['fails', () => (fault = new Unreachable('away'))],
  ['is refused', () => (fault = refusal('signed_out', 401))],
  ['comes through', () => undefined],
])('a text that is given up while its save %s leaves nothing behind', async (_, happens) => {
  type('ab');
  happens();
  const done = saver.save();
  saver.close(true);
  draft = { text: 'of another', base: 'v:x' };
  await done;
  expect(draft).toEqual({ text: 'of another', base: 'v:x' });
  expect(timers).toEqual([]);
  expect(await saver.save()).toBe(false);
});

test('a page that goes leaves its last words in the journal', () => {
  type('ab');
  saver.close(false);
  expect(draft).toEqual({ text: 'ab', base: 'v:a' });
});

test('a file that vanished holds up nothing else, and a draft of it does', async () => {
  saver.refreshed(null, 'v:a');
  expect(await saver.save()).toBe(true);
  type('ab');
  expect(await saver.save()).toBe(false);
  saver.orphaned('v:a');
  expect(saver.isKnown).toBe(false);
  expect(await saver.save()).toBe(false);
});
