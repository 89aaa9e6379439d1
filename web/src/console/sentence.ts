// The sentence with which a run's end is told: its cause, its time, its memory, and what may help.
import type { End } from '../generated/socket';
import { text } from '../text';

/** How a sentence looks: fine, wrong, merely over, or helpful. */
export type Tone = 'ok' | 'bad' | 'plain' | 'hint';

export interface Sentence {
  tone: Tone;
  text: string;
  /** What to look for or to do, in a sentence of its own. */
  advice: string | null;
}

const separator = ' · ';

/** Returns how a script's end is told. */
export function scriptSentence(end: End): Sentence {
  // One that waited for a place and never began has taken nothing.
  const hasBegun = end.wall_ms > 0 || end.peak_memory_bytes > 0;
  const took = hasBegun ? seconds(end.wall_ms) : '';
  const memory = held(end.peak_memory_bytes);
  switch (end.cause) {
    case 'finished':
      return plainly('ok', text.end.finished(seconds(end.wall_ms)), memory);
    case 'error':
      return withUse(errorSentence(end), took, memory);
    case 'stopped':
      return plainly('plain', text.end.stopped, took, memory);
    case 'replaced':
      return plainly('plain', text.end.replaced, took, memory);
    case 'memory':
      // Its memory is what it is about.
      return withUse(limitSentence(end), took);
    default:
      return withUse(limitSentence(end), took, memory);
  }
}

/**
 * Returns how the end of the process that held the prompt is told; `null` for the ordinary ends
 * that the user brought about and knows of.
 */
export function promptSentence(end: End): Sentence | null {
  switch (end.cause) {
    case 'finished':
      return plainly('plain', text.end.promptClosed);
    case 'stopped':
      return plainly('plain', text.end.promptStopped);
    case 'error':
      return errorSentence(end);
    case 'replaced':
      return null;
    case 'memory': {
      // Mostly what a script has left that had already wanted too much.
      const size = end.limit === null ? null : memory(end.limit);
      return { tone: 'plain', text: text.end.promptMemory(size), advice: text.end.promptAgain };
    }
    default:
      return limitSentence(end);
  }
}

/** Returns a sentence as one text, as it is said aloud. */
export function spoken({ text: main, advice }: Sentence): string {
  if (advice === null) return main;
  return /[.?!]$/.test(main) ? `${main} ${advice}` : `${main}. ${advice}`;
}

/** Returns the memory as its limits are set and machines are sold: `61 MB`, of 2²⁰ bytes each. */
export function memory(bytes: number): string {
  if (bytes <= 0) return '';
  const [mb, gb] = [2 ** 20, 2 ** 30];
  if (bytes >= gb) return `${(bytes / gb).toFixed(1).replace('.0', '')} GB`;
  // Less than that an interpreter moves by itself.
  return bytes >= mb ? `${Math.round(bytes / mb)} MB` : text.end.littleMemory;
}

/** Returns the time as precisely as it matters: `0.04 s`, `3.2 s`, `45 s`, `2 min 5 s`. */
export function seconds(ms: number): string {
  const s = ms / 1000;
  if (s < 1) return `${Math.max(0.01, s).toFixed(2)} s`;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  const whole = Math.round(s);
  if (whole < 60) return `${whole} s`;
  const rest = whole % 60;
  return `${Math.floor(whole / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
}

function errorSentence(end: End): Sentence {
  const { line, exit_code: code, signal } = end;
  if (signal !== null) return { tone: 'bad', ...signalTold(signal) };
  if (line !== null) return { tone: 'bad', text: text.end.errorOnLine(line), advice: null };
  // 1 is Python's own status after an error, which was printed above; others are the program's.
  if (code !== null && code !== 1) {
    return { tone: 'bad', text: text.end.exitCode(code), advice: text.end.exitCodeMeans };
  }
  return { tone: 'bad', text: text.end.error, advice: null };
}

function signalTold(signal: string): Omit<Sentence, 'tone'> {
  const { crash, crashAdvice, signals } = text.end;
  switch (signal) {
    case 'SIGSEGV':
    case 'SIGABRT':
    case 'SIGBUS':
      return { text: crash(signal), advice: crashAdvice };
    case 'SIGKILL':
      return { text: signals.kill, advice: signals.killAdvice };
    case 'SIGFPE':
      return { text: signals.fpe, advice: null };
    case 'SIGSYS':
      return { text: signals.sys, advice: null };
    default:
      return { text: signals.other(signal), advice: null };
  }
}

function limitSentence(end: End): Sentence {
  const { cause, limit, peak_memory_bytes: peak } = end;
  // Limits are whole seconds.
  const time = limit === null ? null : seconds(limit * 1000).replace('.0 s', ' s');
  const size = limit === null ? null : memory(limit);
  const words = text.end;
  switch (cause) {
    case 'processor_time':
      return { tone: 'bad', text: words.processorTime(time), advice: words.endlessLoop };
    case 'memory':
      return {
        tone: 'bad',
        text: join(words.memory(size, end.line), peak > 0 ? words.peak(memory(peak)) : ''),
        advice: memoryAdvice(limit, peak),
      };
    case 'disk': {
      // Without an exit status the program was ended: not a file was too large, but all of them.
      const told = end.exit_code === null ? words.home(size) : words.disk(size, end.line);
      return { tone: 'bad', text: told, advice: words.diskAdvice };
    }
    case 'output':
      return { tone: 'bad', text: words.output(size), advice: words.endlessPrint };
    case 'processes':
      return { tone: 'bad', text: words.processes(limit, end.line), advice: words.endlessStart };
    case 'forks':
      return { tone: 'bad', text: words.forks, advice: words.forksAdvice };
    case 'host_memory':
      return { tone: 'bad', text: words.hostMemory, advice: words.hostMemoryAdvice };
    case 'idle':
      return { tone: 'plain', text: words.idle(time), advice: words.filesSafe };
    case 'host_shutdown':
      return { tone: 'plain', text: words.hostShutdown, advice: words.hostAdvice };
    default:
      return { tone: 'plain', text: words.hostLost, advice: words.hostAdvice };
  }
}

/** Far from the limit, it was one piece that was too large, and nothing grew. */
function memoryAdvice(limit: number | null, peak: number): string {
  const wasOnePiece = limit !== null && peak < limit / 2;
  return wasOnePiece ? text.end.hugePiece : text.end.growingList;
}

function held(bytes: number): string {
  return bytes > 0 ? text.end.held(memory(bytes)) : '';
}

function plainly(tone: Tone, ...parts: string[]): Sentence {
  return { tone, text: join(...parts), advice: null };
}

function withUse(sentence: Sentence, ...use: string[]): Sentence {
  return { ...sentence, text: join(sentence.text, ...use) };
}

function join(...parts: string[]): string {
  return parts.filter((part) => part !== '').join(separator);
}
