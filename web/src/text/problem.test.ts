import { expect, test } from 'vitest';
import { Refusal, Unreachable } from '../api/request';
import { NotSaved } from '../editor/not-saved';
import type { SaveState } from '../editor/saver';
import type { ProblemCode } from '../generated/socket';
import { text } from './index';
import { problemSentence, whyFailed } from './problem';

function refusal(code: ProblemCode, title = ''): Refusal {
  return new Refusal(code, 400, null, 'id7', title);
}

test('what the server knows better is told in its words', () => {
  const title = 'The program is not reading its input; the rest was not sent.';
  expect(problemSentence({ code: 'busy', title })).toBe(title);
  expect(whyFailed(refusal('too_large', 'The text is larger than 2 MB.'))).toBe(
    'The text is larger than 2 MB.',
  );
});

test('a reason that was written to follow a colon becomes a sentence', () => {
  expect(whyFailed(refusal('invalid', 'names that start with .x are reserved'))).toBe(
    'Names that start with .x are reserved.',
  );
});

test('without words of the server, and for what this page knows best, the table speaks', () => {
  expect(whyFailed(refusal('busy', ' '))).toBe(text.problems.busy);
  const codes: ProblemCode[] = ['signed_out', 'host_unavailable', 'forbidden', 'disk_full'];
  for (const code of codes) {
    expect(whyFailed(refusal(code, 'Words.'))).toBe(text.problems[code]);
  }
  expect(whyFailed(refusal('internal', 'Words.'))).toBe(
    'Something went wrong on the server. Try again. (request id7)',
  );
});

test('a reason of a later version is told in the server’s words', () => {
  const later = 'too_early_in_the_day' as ProblemCode;
  expect(problemSentence({ code: later, title: 'Too early. Sleep on.' })).toBe(
    'Too early. Sleep on.',
  );
});

test('what is in the way of a text is told by its real reason', () => {
  const why = (state: SaveState) => whyFailed(new NotSaved('a.py', state));
  expect(why({ kind: 'offline' })).toBe(`a.py could not be saved. ${text.unreachable}`);
  expect(why({ kind: 'failed', why: refusal('disk_full') })).toContain('no space left');
  expect(why({ kind: 'conflict', theirs: { text: '', version: '' } })).toContain(
    'changed somewhere else',
  );
  expect(why({ kind: 'conflict', theirs: null })).toContain('deleted somewhere else');
});

test('a fault of our own is not hidden', () => {
  expect(whyFailed(new Unreachable(''))).toBe(text.unreachable);
  expect(() => whyFailed(new TypeError('ours'))).toThrow('ours');
});
