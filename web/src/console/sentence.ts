// The sentence with which a run's end is told: its cause, its time, its memory.
import type { End } from '../generated/socket';
import { text } from '../text';

/** How a sentence looks: fine, wrong, merely over, or helpful. */
export type Tone = 'ok' | 'bad' | 'plain' | 'hint';

export interface Sentence {
  text: string;
  tone: Tone;
}

const separator = ' · ';

/** Returns how a script's end is told. */
export function scriptSentence(end: End): Sentence {
  const took = seconds(end.wall_ms);
  switch (end.cause) {
    case 'finished':
      return {
        tone: 'ok',
        text: join(text.end.finished(took), memory(end.peak_memory_bytes)),
      };
    case 'error':
      return { tone: 'bad', text: join(errorText(end), took) };
    case 'stopped':
      return { tone: 'plain', text: join(text.end.stopped, took) };
    case 'replaced':
      return { tone: 'plain', text: text.end.replaced };
    default:
      return { tone: 'bad', text: limitText(end) };
  }
}

/**
 * Returns how the end of the process that held the prompt is told; `null` for the ordinary ends
 * that the user brought about and knows of.
 */
export function promptSentence(end: End): Sentence | null {
  switch (end.cause) {
    case 'finished':
      return { tone: 'plain', text: text.end.promptClosed };
    case 'stopped':
      return { tone: 'plain', text: text.end.promptStopped };
    case 'error':
      return { tone: 'bad', text: promptErrorText(end) };
    case 'replaced':
      return null;
    default:
      return { tone: 'bad', text: limitText(end) };
  }
}

/** Returns the memory in the unit a person would use: `61 MB`. */
export function memory(bytes: number): string {
  if (bytes <= 0) return '';
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6
    ? `${Math.round(bytes / 1e6)} MB`
    : `${Math.max(1, Math.round(bytes / 1e3))} kB`;
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

function errorText(end: End): string {
  if (end.signal !== null) return signalText(end.signal);
  if (end.line !== null) return text.end.errorOnLine(end.line);
  // 1 is Python's own status after an error, which was printed above; others are the program's.
  if (end.exit_code !== null && end.exit_code !== 1) return text.end.exitCode(end.exit_code);
  return text.end.error;
}

function promptErrorText(end: End): string {
  if (end.signal !== null) return signalText(end.signal);
  if (end.exit_code !== null) return text.end.exitCode(end.exit_code);
  return text.end.error;
}

function signalText(signal: string): string {
  switch (signal) {
    case 'SIGSEGV':
      return text.end.signals.segv;
    case 'SIGKILL':
      return text.end.signals.kill;
    case 'SIGABRT':
      return text.end.signals.abort;
    case 'SIGFPE':
      return text.end.signals.fpe;
    default:
      return text.end.signal(signal);
  }
}

function limitText(end: End): string {
  switch (end.cause) {
    case 'processor_time':
      return text.end.processorTime(end.limit === null ? null : seconds(end.limit * 1000));
    case 'memory':
      return join(
        text.end.memory(end.limit === null ? null : memory(end.limit)),
        end.peak_memory_bytes > 0 ? text.end.memoryPeak(memory(end.peak_memory_bytes)) : '',
      );
    case 'disk':
      return text.end.disk;
    case 'output':
      return text.end.output(end.limit === null ? null : memory(end.limit));
    case 'processes':
      return text.end.processes(end.limit);
    case 'idle':
      return text.end.idle(end.limit === null ? null : seconds(end.limit * 1000));
    case 'host_shutdown':
      return text.end.hostShutdown;
    default:
      return text.end.hostLost;
  }
}

function join(...parts: string[]): string {
  return parts.filter((part) => part !== '').join(separator);
}
