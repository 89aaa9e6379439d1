import { beforeEach, expect, test } from 'vitest';
import type { EndCause, Mark, RunView } from '../generated/socket';
import { Aloud } from './aloud';

const run: RunView = {
  id: 'r1',
  path: 'week 1/plot.py',
  state: 'running',
  position: null,
  waits_for_memory: false,
};
const plot: Mark = { type: 'plot', plot: 0, media_type: 'image/png' };
const hint: Mark = { type: 'hint', text: 'Did you mean “print”?' };

let aloud: Aloud;

beforeEach(() => {
  aloud = new Aloud();
  aloud.begin();
});

function ended(cause: EndCause, type: 'script_ended' | 'prompt_ended' = 'script_ended'): Mark {
  return {
    type,
    end: {
      cause,
      exit_code: null,
      signal: null,
      line: cause === 'error' ? 4 : null,
      wall_ms: 500,
      cpu_ms: 20,
      peak_memory_bytes: 0,
      limit: null,
    },
  };
}

test('an explanation is said after the end that it explains, and not over it', () => {
  expect(aloud.at(hint, run, 0)).toBeNull();
  expect(aloud.at(ended('error'), run, 0)).toBe(
    'week 1/plot.py: Ended with an error on line 4 · 0.50 s. Did you mean “print”?',
  );
});

test('an explanation at the prompt is said at once', () => {
  aloud.at(ended('finished'), run, 0);
  expect(aloud.at(hint, run, 0)).toBe('Did you mean “print”?');
});

test('figures are said when they come, and with the end', () => {
  expect(aloud.at(plot, run, 1)).toBe('1 figure from plot.py');
  expect(aloud.at(plot, run, 2)).toBe('2 figures from plot.py');
  expect(aloud.at(ended('finished'), run, 2)).toBe(
    'week 1/plot.py: Finished in 0.50 s. 2 figures.',
  );
});

test('what may help is said with a limit', () => {
  expect(aloud.at(ended('processor_time'), run, 0)).toMatch(/Is there a loop that never ends\?$/);
});

test('a new run says nothing of the one before', () => {
  aloud.at(hint, run, 0);
  aloud.begin();
  expect(aloud.at(ended('finished'), run, 0)).toBe('week 1/plot.py: Finished in 0.50 s.');
});

test('a prompt that gives way to a new run says nothing', () => {
  expect(aloud.at(ended('replaced', 'prompt_ended'), run, 0)).toBeNull();
});
