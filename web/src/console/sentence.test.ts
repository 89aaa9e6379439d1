import { expect, test } from 'vitest';
import type { End, EndCause } from '../generated/socket';
import { memory, promptSentence, scriptSentence, seconds, spoken } from './sentence';

const MB = 2 ** 20;

function end(changes: Partial<End>): End {
  return {
    cause: 'finished',
    exit_code: null,
    signal: null,
    line: null,
    wall_ms: 40,
    cpu_ms: 30,
    peak_memory_bytes: 61 * MB,
    limit: null,
    ...changes,
  };
}

const told = (changes: Partial<End>) => spoken(scriptSentence(end(changes)));

test('a good end tells time and memory', () => {
  expect(scriptSentence(end({}))).toEqual({
    tone: 'ok',
    text: 'Finished in 0.04 s · 61 MB of memory',
    advice: null,
  });
});

test('an error tells its line', () => {
  const sentence = scriptSentence(end({ cause: 'error', exit_code: 1, line: 15, wall_ms: 30 }));
  expect(sentence).toEqual({
    tone: 'bad',
    text: 'Ended with an error on line 15 · 0.03 s · 61 MB of memory',
    advice: null,
  });
});

test('an exit status of the program’s own is told, and what it means', () => {
  expect(told({ cause: 'error', exit_code: 3 })).toBe(
    'The program ended itself with exit code 3 · 0.04 s · 61 MB of memory. ' +
      'It called sys.exit(…) or the like. Any number but 0 says that something did not go well.',
  );
});

test('a crash of Python is told as one, with what may be behind it', () => {
  expect(told({ cause: 'error', signal: 'SIGSEGV' })).toMatch(
    /crashed \(SIGSEGV\).*files are safe.*call itself/,
  );
});

test('a program that the system ended says so, at the prompt as well', () => {
  const killed = { cause: 'error', signal: 'SIGKILL', wall_ms: 3200 } as const;
  expect(told(killed)).toContain('Python was ended from outside (SIGKILL) · 3.2 s');
  expect(promptSentence(end(killed))?.text).toBe('Python was ended from outside (SIGKILL)');
  expect(promptSentence(end({ cause: 'error', signal: 'SIGHUP' }))?.text).toBe(
    'Ended by the signal SIGHUP',
  );
});

test('processor time says how much it was, and suggests a loop', () => {
  expect(told({ cause: 'processor_time', limit: 60, wall_ms: 62_000 })).toBe(
    'Stopped: it computed for 1 min, the longest allowed · 1 min 2 s · 61 MB of memory. ' +
      'Is there a loop that never ends?',
  );
});

test('memory that grew to the limit is told with both, and suggests what grows', () => {
  const grown = { cause: 'memory', limit: 512 * MB, peak_memory_bytes: 498 * MB } as const;
  expect(told({ ...grown, wall_ms: 3200 })).toBe(
    'Ended: it wanted more than 512 MB of memory, the most allowed · it held 498 MB · 3.2 s. ' +
      'Is there a list or a text that keeps growing?',
  );
});

test('memory asked for at once, which Python refused, is told with its line', () => {
  const refused = { cause: 'memory', limit: 512 * MB, peak_memory_bytes: 9 * MB } as const;
  const sentence = told({ ...refused, exit_code: 1, line: 7 });
  expect(sentence).toContain('Ended on line 7: it wanted more than 512 MB');
  expect(sentence).toContain('it held 9 MB');
  expect(sentence).toContain('far larger than you meant?');
  // Too little to be seen beside what the interpreter had.
  const nothing = told({ ...refused, peak_memory_bytes: 0, exit_code: 1, line: 7 });
  expect(nothing).toContain('far larger than you meant?');
});

test('every limit is told with its number and something to look for', () => {
  expect(told({ cause: 'processor_time', limit: 2 })).toContain('computed for 2 s, the longest');
  expect(told({ cause: 'output', limit: 64 * MB })).toMatch(/more than 64 MB.*print in a loop/);
  expect(told({ cause: 'processes', limit: 64 })).toMatch(
    /^Ended: it started more than 64 processes and threads.*Does a loop/,
  );
  expect(told({ cause: 'processes', limit: 64, line: 3 })).toMatch(/^Ended on line 3: it started/);
  expect(told({ cause: 'disk', limit: 256 * MB, line: 3, exit_code: 1 })).toMatch(
    /on line 3: a file grew larger than 256 MB.*delete files/,
  );
  expect(told({ cause: 'disk', limit: 2048 * MB, exit_code: null })).toMatch(
    /your files take more than 2 GB.*delete files/,
  );
  expect(told({ cause: 'idle', limit: 1800 })).toMatch(/nobody used it for 30 min.*files are safe/);
});

test('what is no fault of the program says so, and what to do', () => {
  for (const cause of ['host_shutdown', 'host_lost'] as const) {
    const sentence = scriptSentence(end({ cause }));
    expect(sentence.tone).toBe('plain');
    expect(sentence.advice).toMatch(/not your program’s fault.*files are safe.*Run it again/);
  }
});

test('a program that was ended for others reads how much it used, and what to do', () => {
  expect(told({ cause: 'host_memory', peak_memory_bytes: 400 * MB })).toMatch(
    /the computer’s memory ran out.*400 MB of memory.*files are safe.*Run it again/,
  );
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
    'forks',
    'host_memory',
    'disk',
    'idle',
    'replaced',
    'host_shutdown',
    'host_lost',
  ];
  for (const limit of [null, 64]) {
    const sentences = causes.map((cause) => told({ cause, limit }));
    expect(new Set(sentences).size).toBe(causes.length);
    expect(sentences.filter((one) => /null|undefined|NaN/.test(one))).toEqual([]);
    for (const cause of causes.filter((one) => one !== 'replaced')) {
      expect(promptSentence(end({ cause, limit }))?.text).toBeTruthy();
    }
  }
});

test('every script that took time and memory tells both', () => {
  for (const cause of ['finished', 'error', 'stopped', 'replaced', 'disk', 'output'] as const) {
    expect(told({ cause })).toMatch(/0\.04 s.*61 MB of memory/);
  }
});

test('a program that was over at once tells the least time there is', () => {
  expect(told({ cause: 'error', exit_code: 1, wall_ms: 0 })).toContain('0.01 s');
});

test('a program that never began tells neither time nor memory', () => {
  const never = { cause: 'stopped', wall_ms: 0, peak_memory_bytes: 0 } as const;
  expect(told(never)).toBe('Stopped by you');
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

test('memory is told in the units in which its limits are set', () => {
  expect([0, 900, 2048, 512 * MB, 1024 * MB, 1536 * MB].map(memory)).toEqual([
    '',
    'less than 1 MB',
    'less than 1 MB',
    '512 MB',
    '1 GB',
    '1.5 GB',
  ]);
});
