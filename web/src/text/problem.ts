// The sentence for something that failed.
import { Refusal, Unreachable } from '../api/request';
import { text } from './index';

/** Returns why something failed, for the person at the screen; rethrows what is no answer's fault. */
export function whyFailed(error: unknown): string {
  if (error instanceof Unreachable) return text.unreachable;
  if (!(error instanceof Refusal)) throw error;
  const sentence = text.problems[error.code];
  // Only our own faults are worth a look into the log.
  return error.code === 'internal' && error.requestId !== null
    ? text.withRequest(sentence, error.requestId)
    : sentence;
}
