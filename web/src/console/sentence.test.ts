import { expect, test } from 'vitest';
import type { End, EndCause } from '../generated/socket';
import { memory, promptSentence, scriptSentence, seconds } from './sentence';

function end(changes: Partial<End>): End {
  return {
    cause: 'finished',
    exit_code: null,
    signal: null,
    line: null,
    wall_ms: 40,
    cpu_ms: 30,
    peak_memory_bytes: 61e6,
    limit: null,
    ...changes,
  };
}

test('a good end tells time and memory', () => {
  expect(scriptSentence(end({}))).toEqual({ tone: 'ok', text: 'Finished in 0.04 s · 61 MB' });
});

test('an error tells its line', () => {
  const sentence = scriptSentence(end({ cause: 'error', exit_code: 1, line: 15, wall_ms: 30 }));
  expect(sentence).toEqual({ tone: 'bad', text: 'Ended with an error on line 15 · 0.03 s' });
});

test('an exit status of the program’s own is told', () => {
  expect(scriptSentence(end({ cause: 'error', exit_code: 3 })).text).toContain('exit code 3');
});

test('a crash of Python is told as one', () => {
  expect(scriptSentence(end({ cause: 'error', signal: 'SIGSEGV' })).text).toContain('crash');
});

test('a program that the system ended says so, at the prompt as well', () => {
  const killed = end({ cause: 'error', signal: 'SIGKILL', wall_ms: 3200 });
  expect(scriptSentence(killed).text).toBe('Python was ended by the system (SIGKILL) · 3.2 s');
  expect(promptSentence(killed)?.text).toBe('Python was ended by the system (SIGKILL)');
  expect(promptSentence(end({ cause: 'error', signal: 'SIGHUP' }))?.text).toBe('Ended by SIGHUP');
});

test('every limit is told with its number and a hint', () => {
  const told = (cause: EndCause, limit: number) => scriptSentence(end({ cause, limit })).text;
  expect(told('processor_time', 60)).toBe(
    'Stopped: it computed for 1 min. Is there a loop that never ends?',
  );
  expect(told('memory', 512e6)).toContain('more than 512 MB of memory');
  expect(told('output', 20e6)).toContain('printed more than 20 MB');
  expect(told('processes', 64)).toContain('more than 64 processes');
  expect(told('idle', 1800)).toContain('nothing happened for 30 min');
});

test('every cause has a sentence, with and without a limit', () => {
  const causes: EndCause[] = [
    'finished',
    'error',
    'stopped',
    'processor_time',
    'memory',
    'output',
    'processes',
    'idle',
    'replaced',
    'host_shutdown',
    'host_lost',
  ];
  const sentences = causes.map((cause) => scriptSentence(end({ cause })).text);
  expect(new Set(sentences).size).toBe(causes.length);
  for (const cause of causes.filter((one) => one !== 'replaced')) {
    expect(promptSentence(end({ cause }))?.text).toBeTruthy();
  }
});

test('a prompt that gives way to a new run says nothing', () => {
  expect(promptSentence(end({ cause: 'replaced' }))).toBeNull();
});

test('time is as precise as it matters', () => {
  expect([0, 40, 994, 3210, 45_400, 125_000].map(seconds)).toEqual([
    '0.01 s',
    '0.04 s',
    '0.99 s',
    '3.2 s',
    '45 s',
    '2 min 5 s',
  ]);
});

test('memory that was not seen is not told', () => {
  expect(memory(0)).toBe('');
  expect(memory(1.5e9)).toBe('1.5 GB');
});
