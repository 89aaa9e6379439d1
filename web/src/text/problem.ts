// The sentence for something that failed.
import { Refusal, Unreachable } from '../api/request';
import { NotSaved } from '../editor/not-saved';
import type { SaveState } from '../editor/saver';
import type { Problem, ProblemCode } from '../generated/socket';
import { text } from './index';

/** Of these the server knows more than the code: the name, the limit, what is full. */
const toldByServer: readonly ProblemCode[] = [
  'invalid',
  'bad_name',
  'too_large',
  'already_exists',
  'busy',
  'not_text',
];

/** Returns the sentence for what the server refused. */
export function problemSentence({ code, title }: Pick<Problem, 'code' | 'title'>): string {
  const told = title.trim();
  // A server of a later version may have reasons that this page does not know.
  const isTold = toldByServer.includes(code) || !(code in text.problems);
  return isTold && told !== '' ? asSentence(told) : text.problems[code];
}

/** Returns why something failed, for the person at the screen; rethrows what is no answer's fault. */
export function whyFailed(error: unknown): string {
  if (error instanceof Unreachable) return text.unreachable;
  if (error instanceof NotSaved) return text.save.notSaved(error.file, whyNotSaved(error.state));
  if (!(error instanceof Refusal)) throw error;
  const sentence = problemSentence(error);
  // Only our own faults are worth a look into the log.
  return error.code === 'internal' && error.requestId !== null
    ? text.withRequest(sentence, error.requestId)
    : sentence;
}

function whyNotSaved(state: SaveState): string {
  switch (state.kind) {
    case 'offline':
      return text.unreachable;
    case 'conflict':
      return state.theirs === null ? text.save.goneWhy : text.problems.conflict;
    case 'failed':
      return whyFailed(state.why);
    default:
      return text.save.unsavedWhy;
  }
}

/** Some of the server's reasons are written to follow a colon. */
function asSentence(told: string): string {
  const sentence = told.charAt(0).toUpperCase() + told.slice(1);
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
