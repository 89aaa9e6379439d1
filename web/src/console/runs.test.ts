import { beforeEach, expect, test } from 'vitest';
import type { FromBrowser, FromServer, Problem, ProblemCode, RunState } from '../generated/socket';
import type { Connection } from '../socket/connection';
import type { Item } from './log';
import { Runs } from './runs.svelte';

let sent: FromBrowser[];
let isOpen: boolean;
let begun: string[];
let shown: Item[];
let notStarted: string[];
let refused: string[];
let notStopped: string[];
let runs: Runs;

beforeEach(() => {
  [sent, begun, shown, notStarted, refused, notStopped] = [[], [], [], [], [], []];
  isOpen = true;
  runs = new Runs({
    ended: () => undefined,
    notStarted: (problem) => notStarted.push(problem.code),
    refused: (problem) => refused.push(problem.code),
    notStopped: (why) => notStopped.push(why),
    changed: () => undefined,
  });
  const connection = {
    send(message: FromBrowser): boolean {
      if (isOpen) sent.push(message);
      return isOpen;
    },
  };
  runs.connect(connection as unknown as Connection, {
    begin: (path, isOurs) => begun.push(`${path}${isOurs ? ' (ours)' : ''}`),
    show: (items) => shown.push(...items),
    size: () => ({ columns: 80, rows: 24 }),
  });
});

function program(state: RunState, id = 'r1'): FromServer {
  return {
    type: 'program',
    run: { id, path: 'a.py', state, position: null, waits_for_memory: false },
  };
}

function problem(code: ProblemCode): Problem {
  return { type: 'about:blank', status: 409, title: '', code };
}

function bytes(stream: number, offset: number, text: string): void {
  runs.frame({ stream, offset, bytes: new TextEncoder().encode(text) });
}

function output(): string {
  return shown
    .map((item) => (item.kind === 'bytes' ? new TextDecoder().decode(item.bytes) : ''))
    .join('');
}

const attaches = () => sent.filter((message) => message.type === 'attach');

test('a program that is there when the page loads is shown from its first byte', () => {
  runs.receive(program('running'));
  expect(attaches()).toEqual([{ type: 'attach', stream: 1, run: 'r1', from: 0 }]);
  expect(begun).toEqual(['a.py']);
  expect(runs.isRunning).toBe(true);
});

test('a change of the program’s state does not attach again', () => {
  runs.receive(program('running'));
  runs.receive(program('prompt'));
  expect(attaches()).toHaveLength(1);
  expect(runs.takesInput).toBe(true);
  expect(runs.isRunning).toBe(false);
});

test('after a gap the log goes on from the next byte, on a new stream', () => {
  runs.receive(program('running'));
  bytes(1, 0, 'before ');
  runs.disconnected();
  runs.receive(program('running'));
  expect(attaches().at(-1)).toEqual({ type: 'attach', stream: 2, run: 'r1', from: 7 });
  bytes(1, 7, 'a frame of the old stream');
  bytes(2, 7, 'after');
  expect(output()).toBe('before after');
  expect(begun).toHaveLength(1);
});

test('bytes from before the gap are not acknowledged on the new stream', () => {
  runs.receive(program('running'));
  bytes(1, 0, 'x'.repeat(40_000));
  runs.disconnected();
  runs.receive(program('running'));
  runs.shown(40_000);
  expect(sent.filter((message) => message.type === 'acknowledge')).toEqual([]);
  runs.shown(80_000);
  expect(sent.at(-1)).toEqual({ type: 'acknowledge', stream: 2, offset: 80_000 });
});

test('what is typed in a gap is sent when the same program is there again', () => {
  runs.receive(program('running'));
  isOpen = false;
  runs.disconnected();
  runs.input('42\n');
  isOpen = true;
  runs.receive(program('running'));
  expect(sent.filter((message) => message.type === 'input')).toEqual([
    { type: 'input', run: 'r1', data: '42\n' },
  ]);
});

test('what was typed for one program never goes to another', () => {
  runs.receive(program('running'));
  isOpen = false;
  runs.disconnected();
  runs.input('secret\n');
  isOpen = true;
  runs.receive(program('running', 'r2'));
  expect(sent.filter((message) => message.type === 'input')).toEqual([]);
  expect(begun).toEqual(['a.py', 'a.py']);
});

test('a run that this page started is its own', () => {
  expect(runs.start('a.py')).toBe(true);
  expect(runs.isStarting).toBe(true);
  const run = {
    id: 'r9',
    path: 'a.py',
    state: 'running' as const,
    position: null,
    waits_for_memory: false,
  };
  runs.receive({ type: 'run_started', request: 1, run });
  expect(runs.isStarting).toBe(false);
  expect(begun).toEqual(['a.py (ours)']);
});

test('a late answer does not bring a finished program back to life', () => {
  runs.start('a.py');
  runs.receive(program('ended', 'r9'));
  const run = {
    id: 'r9',
    path: 'a.py',
    state: 'running' as const,
    position: null,
    waits_for_memory: false,
  };
  runs.receive({ type: 'run_started', request: 1, run });
  expect(runs.program?.state).toBe('ended');
});

test('a start that is refused says why, and another one can be tried', () => {
  runs.start('a.py');
  runs.receive({ type: 'problem', request: 1, problem: problem('program_running') });
  expect(notStarted).toEqual(['program_running']);
  expect(refused).toEqual([]);
  expect(runs.isStarting).toBe(false);
});

test('input, a stop or a size that is refused is told', () => {
  runs.receive(program('running'));
  runs.stop();
  runs.receive({ type: 'problem', problem: problem('busy') });
  expect(refused).toEqual(['busy']);
  expect(runs.isStopping).toBe(false);
});

test('a stream that is refused is not told: it is asked for again', () => {
  runs.receive(program('running'));
  runs.receive({ type: 'problem', stream: 1, problem: problem('host_unavailable') });
  runs.receive({ type: 'problem', stream: 9, problem: problem('host_unavailable') });
  expect(refused).toEqual([]);
  runs.receive(program('running'));
  expect(attaches()).toHaveLength(2);
});

test('a stop that comes after the end needs no word', () => {
  runs.receive(program('running'));
  runs.stop();
  runs.receive(program('ended'));
  runs.receive({ type: 'problem', problem: problem('no_such_run') });
  expect(refused).toEqual([]);
});

const stops = () => sent.filter((message) => message.type === 'stop');

test('a Stop between Run and the start is for the program that starts', () => {
  runs.receive(program('prompt'));
  runs.prepare();
  runs.stop();
  runs.start('b.py');
  expect(runs.isStopping).toBe(true);
  runs.receive(program('ended'));
  expect(stops()).toEqual([]);
  const request = sent.find((message) => message.type === 'start')?.request ?? 0;
  const run = {
    id: 'r2',
    path: 'b.py',
    state: 'running' as const,
    position: null,
    waits_for_memory: false,
  };
  runs.receive({ type: 'run_started', request, run });
  expect(stops()).toEqual([{ type: 'stop', run: 'r2' }]);
  expect(runs.isStopping).toBe(true);
  expect(notStopped).toEqual([]);
});

test('a Stop for a program that does not start after all is over with it', () => {
  runs.start('a.py');
  runs.stop();
  runs.receive({ type: 'problem', request: 1, problem: problem('busy') });
  expect(runs.isStopping).toBe(false);
  runs.start('a.py');
  const run = {
    id: 'r2',
    path: 'a.py',
    state: 'running' as const,
    position: null,
    waits_for_memory: false,
  };
  runs.receive({ type: 'run_started', request: 2, run });
  expect(stops()).toEqual([]);
});

test('a Stop that comes to nobody says so', () => {
  runs.stop();
  runs.receive(program('ended'));
  runs.stop();
  expect(notStopped).toEqual(['nothing_runs', 'nothing_runs']);
  runs.receive(program('running', 'r2'));
  isOpen = false;
  runs.stop();
  expect(notStopped.at(-1)).toBe('no_connection');
  expect(runs.isStopping).toBe(false);
});

test('nothing is typed into a program that is over', () => {
  runs.receive(program('ended'));
  runs.input('hello');
  runs.stop();
  expect(sent.map((message) => message.type)).toEqual(['attach']);
});

test('what is typed between Run and the start is for the program that starts', () => {
  runs.receive(program('prompt'));
  runs.prepare();
  runs.input('ex');
  runs.start('b.py');
  runs.input('it()\r');
  const typed = () => sent.filter((message) => message.type === 'input');
  runs.receive(program('ended'));
  expect(typed()).toEqual([]);
  const request = sent.find((message) => message.type === 'start')?.request ?? 0;
  const run = {
    id: 'r2',
    path: 'b.py',
    state: 'running' as const,
    position: null,
    waits_for_memory: false,
  };
  runs.receive({ type: 'run_started', request, run });
  expect(typed()).toEqual([
    { type: 'input', run: 'r2', data: 'ex' },
    { type: 'input', run: 'r2', data: 'it()\r' },
  ]);
});

test('what is typed for a program that does not start is for nobody', () => {
  runs.prepare();
  runs.input('lost');
  runs.abandon();
  runs.receive(program('prompt'));
  expect(sent.filter((message) => message.type === 'input')).toEqual([]);
});

test('a wish to run that has yet to be sent outlives the connection, with all that was typed for it', () => {
  runs.prepare();
  runs.input('ex');
  isOpen = false;
  runs.disconnected();
  runs.input('it()\r');
  isOpen = true;
  runs.receive(program('prompt'));
  expect(sent.filter((message) => message.type === 'input')).toEqual([]);
  runs.start('b.py');
  const request = sent.find((message) => message.type === 'start')?.request ?? 0;
  const run = {
    id: 'r2',
    path: 'b.py',
    state: 'running' as const,
    position: null,
    waits_for_memory: false,
  };
  runs.receive({ type: 'run_started', request, run });
  expect(sent.filter((message) => message.type === 'input')).toEqual([
    { type: 'input', run: 'r2', data: 'ex' },
    { type: 'input', run: 'r2', data: 'it()\r' },
  ]);
});

test('what is typed after a gap comes behind what was typed within it', () => {
  runs.receive(program('running'));
  isOpen = false;
  runs.disconnected();
  runs.input('Ad');
  isOpen = true;
  runs.input('a\r');
  runs.receive(program('running'));
  expect(sent.filter((message) => message.type === 'input')).toEqual([
    { type: 'input', run: 'r1', data: 'Ad' },
    { type: 'input', run: 'r1', data: 'a\r' },
  ]);
});
