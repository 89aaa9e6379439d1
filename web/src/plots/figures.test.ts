import { beforeEach, expect, test } from 'vitest';
import type { RunView } from '../generated/socket';
import { Figures } from './figures.svelte';

let figures: Figures;

beforeEach(() => {
  figures = new Figures();
  figures.begin();
});

function run(id: string): RunView {
  return { id, path: 'plot.py', state: 'running', position: null, waits_for_memory: false };
}

function show(plot: number, id = 'r1'): void {
  figures.add(run(id), { type: 'plot', plot, media_type: 'image/png' });
}

const numbers = () => figures.list.map((figure) => figure.plot);

test('figures stand in the order in which they were shown', () => {
  show(0);
  show(1);
  expect(numbers()).toEqual([0, 1]);
  expect(figures.list[0]).toEqual({ run: 'r1', path: 'plot.py', plot: 0, mediaType: 'image/png' });
});

test('figures that come again after a reconnect are not doubled', () => {
  show(0);
  show(1);
  figures.seen();
  for (const plot of [0, 1]) show(plot);
  expect(numbers()).toEqual([0, 1]);
  expect(figures.isNew).toBe(false);
  show(2);
  expect(numbers()).toEqual([0, 1, 2]);
  expect(figures.isNew).toBe(true);
});

test('a new run begins with an empty list', () => {
  show(0);
  figures.begin();
  expect(numbers()).toEqual([]);
  expect(figures.isNew).toBe(false);
  show(0, 'r2');
  expect(figures.list.map((figure) => figure.run)).toEqual(['r2']);
});

test('figures of two runs are never shown together', () => {
  show(0);
  show(1);
  show(0, 'r2');
  expect(figures.list.map(({ run: id, plot }) => [id, plot])).toEqual([['r2', 0]]);
});

test('the place beside the console is made by the first figure', () => {
  figures.scriptEnded();
  expect(figures.isBeside).toBe(false);
  show(0);
  expect(figures.isBeside).toBe(true);
  figures.scriptEnded();
  expect(figures.isBeside).toBe(true);
});

test('a program that is run again keeps the place until it has ended without a figure', () => {
  show(0);
  figures.begin();
  expect(figures.isBeside).toBe(true);
  figures.scriptEnded();
  expect(figures.isBeside).toBe(false);
});
