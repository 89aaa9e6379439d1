import { beforeEach, expect, test } from 'vitest';
import { quietAfter, quietSoon, Update } from './update.svelte';

let former: string[];
let isAtRest: boolean;
let idle: number;
let isHidden: boolean;
let reloads: number;
let waits: (() => void)[];
let own: string | null;
let update: Update;

beforeEach(() => {
  [former, isAtRest, idle, isHidden, reloads, waits, own] = [[], true, 0, false, 0, [], 'old'];
  update = make();
});

function make(): Update {
  return new Update({
    own,
    former: () => former,
    setFormer: (builds) => (former = builds),
    isAtRest: () => isAtRest,
    idleFor: () => idle,
    isHidden: () => isHidden,
    reload: () => (reloads += 1),
    later: (_ms, action) => {
      waits.push(action);
      return () => (waits = waits.filter((one) => one !== action));
    },
  });
}

function look(): void {
  for (const action of waits.splice(0)) action();
}

test('a page that the server has itself stays', () => {
  update.welcomed('old');
  expect([update.need, waits.length]).toEqual(['none', 0]);
});

test('nothing is known of a page under development, or of a server without pages', () => {
  own = null;
  update = make();
  update.welcomed('new');
  expect(update.need).toBe('none');
  own = 'old';
  update = make();
  update.welcomed('');
  expect(update.need).toBe('none');
});

test('an old page says so, and is loaded again when nobody does anything', () => {
  update.welcomed('new');
  expect(update.need).toBe('offered');
  idle = quietAfter - 1;
  look();
  expect(reloads).toBe(0);
  idle = quietAfter;
  look();
  expect(reloads).toBe(1);
  expect(former).toEqual(['old', 'new']);
});

test('unsaved text keeps a page, however long nobody does anything', () => {
  update.welcomed('new');
  [isAtRest, idle] = [false, 10 * quietAfter];
  look();
  look();
  expect(reloads).toBe(0);
  isAtRest = true;
  look();
  expect(reloads).toBe(1);
});

test('a page that nobody sees, or that has no connection, need not wait as long', () => {
  update.welcomed('new');
  idle = quietSoon;
  look();
  expect(reloads).toBe(0);
  isHidden = true;
  look();
  expect(reloads).toBe(1);
  isHidden = false;
  update = make();
  update.refused('newer');
  expect(update.need).toBe('needed');
  look();
  expect(reloads).toBe(2);
});

test('a page between old and new servers goes to each build once', () => {
  former = ['old', 'new'];
  own = 'new';
  update = make();
  update.welcomed('old');
  expect(update.need).toBe('offered');
  [idle, isHidden] = [10 * quietAfter, true];
  look();
  expect(reloads).toBe(0);
  // A server of its own build again: there is nothing to offer.
  update.welcomed('new');
  expect(update.need).toBe('none');
  // Whoever asks for it gets it.
  update.welcomed('old');
  update.reload();
  expect(reloads).toBe(1);
});
