// The workspace's program: starting, typing, stopping, and following its log over a connection
// that may fall at any time.
import type { End, FromServer, Mark, Problem, RunView } from '../generated/socket';
import type { Frame } from '../socket/frame';
import type { Connection } from '../socket/connection';
import { splitInput } from '../socket/parts';
import { RunLog, type Item } from './log';

/** Where output goes. */
export interface Output {
  /** A new run: what was shown goes away. `isOurs` when this page started it. */
  begin(path: string, isOurs: boolean): void;
  show(items: Item[]): void;
  size(): { columns: number; rows: number };
}

export interface RunEvents {
  /** A run's script or prompt has ended, and all output before that is on the screen. */
  ended(mark: Mark, run: RunView): void;
  notStarted(problem: Problem): void;
  /** What was typed, a wish to stop, or a new size was refused. */
  refused(problem: Problem): void;
  /** A wish to stop came to nobody. */
  notStopped(why: 'nothing_runs' | 'no_connection'): void;
  /** The state of the program changed. */
  changed(run: RunView | null): void;
}

export class Runs {
  program = $state.raw<RunView | null>(null);
  isStarting = $state(false);
  isStopping = $state(false);
  /** How the script of the run on the screen ended. */
  lastEnd = $state.raw<{ end: End; path: string } | null>(null);

  #connection: Connection | null = null;
  #output: Output | null = null;
  #log: { run: RunView; log: RunLog; stream: number; attachedFrom: number } | null = null;
  #nextStream = 1;
  #nextRequest = 1;
  #startRequest = 0;
  /** The start that is wished for was sent, and is not answered. */
  #isStartSent = false;
  /** On which the log of the run that starts will come. */
  #startStream = 0;
  /** Typed while the connection was away, or, for no run yet, before the next one had started. */
  #unsent: { run: string | null; data: string }[] = [];
  /** Somebody wants the run to stop that starts. */
  #stopsAtStart = false;
  /** The runs that this page started. */
  readonly #ours: Record<string, true> = {};
  readonly #events: RunEvents;

  constructor(events: RunEvents) {
    this.#events = events;
  }

  get isRunning(): boolean {
    return this.program?.state === 'running' || this.isQueued;
  }

  get isQueued(): boolean {
    return this.program?.state === 'queued';
  }

  /** Whether the screen has come to Python's prompt; the program's state arrives a little later. */
  get isAtPrompt(): boolean {
    return this.lastEnd !== null && this.takesInput && !this.isStarting;
  }

  /** Whether somebody reads what is typed. */
  get takesInput(): boolean {
    return this.program !== null && this.program.state !== 'ended';
  }

  /** Whether something was typed that no program has heard yet. */
  get hasUnsent(): boolean {
    return this.#unsent.length > 0;
  }

  connect(connection: Connection, output: Output): void {
    this.#connection = connection;
    this.#output = output;
  }

  /** Somebody wants to run: what is typed from now on is for the run that will start. */
  prepare(): void {
    this.isStarting = true;
  }

  /** Nothing will start, and nobody is there to hear what was typed. */
  abandon(): void {
    this.isStarting = this.#isStartSent = false;
    if (this.#stopsAtStart) this.isStopping = false;
    this.#stopsAtStart = false;
    this.#unsent = this.#unsent.filter(({ run }) => run !== null);
  }

  /** Runs a file; returns whether the request could be sent. */
  start(path: string): boolean {
    if (this.#connection === null || this.#output === null) return false;
    this.#startRequest = this.#nextRequest++;
    this.#startStream = this.#nextStream++;
    this.prepare();
    const sent = this.#connection.send({
      type: 'start',
      request: this.#startRequest,
      stream: this.#startStream,
      path,
      ...this.#output.size(),
    });
    this.#isStartSent = sent;
    if (!sent) this.abandon();
    return sent;
  }

  /** Ends the program; or the one that starts, as soon as it has a name. */
  stop(): void {
    if (this.isStarting) {
      this.#stopsAtStart = true;
      this.isStopping = true;
    } else if (this.program === null || !this.takesInput) {
      this.#events.notStopped('nothing_runs');
    } else {
      this.#stop(this.program.id);
    }
  }

  /** Types into the program; kept and sent later when it has yet to start or the connection is away. */
  input(text: string): void {
    const run = this.isStarting ? null : this.program;
    if (run === null ? !this.isStarting : run.state === 'ended') return;
    const id = run?.id ?? null;
    for (const data of splitInput(text)) {
      // Behind what waits, or it would be read before.
      if (this.hasUnsent || !this.#send(id, data)) this.#unsent.push({ run: id, data });
    }
  }

  resized(columns: number, rows: number): void {
    if (this.program === null || !this.takesInput) return;
    this.#connection?.send({ type: 'resize', run: this.program.id, columns, rows });
  }

  /** The screen has shown all bytes before an offset of the run it shows. */
  shown(end: number): void {
    const current = this.#log;
    if (current === null) return;
    const offset = current.log.shown(end);
    // Bytes from before the last attach are not this stream's to acknowledge.
    if (offset === null || offset <= current.attachedFrom) return;
    this.#connection?.send({ type: 'acknowledge', stream: current.stream, offset });
  }

  /** The screen has come to a mark. */
  reached(mark: Mark): void {
    const current = this.#log;
    if (current === null) return;
    if (mark.type === 'script_ended') this.lastEnd = { end: mark.end, path: current.run.path };
    this.#events.ended(mark, current.run);
  }

  /** The connection fell: streams are gone, and answers will not come. A start that has yet to be sent can be. */
  disconnected(): void {
    if (this.#isStartSent) this.abandon();
    this.isStopping = this.#stopsAtStart;
    if (this.#log !== null) this.#log.stream = 0;
  }

  receive(message: FromServer): void {
    switch (message.type) {
      case 'program':
        this.#programIs(message.run);
        break;
      case 'run_started':
        this.#ours[message.run.id] = true;
        if (message.request === this.#startRequest) this.#started(message.run);
        this.#programIs(message.run);
        break;
      case 'attached':
        if (this.#log === null || message.stream !== this.#log.stream) break;
        this.#log.attachedFrom = message.from;
        this.#output?.show(this.#log.log.attached(message.from, message.lost));
        break;
      case 'mark':
        if (this.#log === null || message.stream !== this.#log.stream) break;
        this.#output?.show(this.#log.log.mark(message.offset, message.mark));
        break;
      case 'problem':
        this.#problem(message);
        break;
      default:
    }
  }

  frame(frame: Frame): void {
    if (this.#log === null || frame.stream !== this.#log.stream) return;
    this.#output?.show(this.#log.log.frame(frame.offset, frame.bytes));
  }

  #programIs(run: RunView | null): void {
    // An answer that was overtaken by what came after it.
    const isOlder = run !== null && run.id === this.program?.id && rank(run) < rank(this.program);
    if (!isOlder) {
      this.program = run;
      if (run === null || run.state === 'ended') this.isStopping = false;
      this.#events.changed(run);
    }
    // The run that starts is followed when it is known to be ours: its log comes by itself.
    const isOthers = run !== null && run.id !== this.#log?.run.id;
    if (run !== null && !(this.isStarting && isOthers)) this.#follow(run);
    this.#sendUnsent();
  }

  /** Shows a run, from the byte that is next. */
  #follow(run: RunView): void {
    if (this.#log?.run.id !== run.id) this.#begin(run, 0);
    if (this.#log === null || this.#log.stream !== 0) return;
    const stream = this.#nextStream++;
    const from = this.#log.log.received;
    const isSent = this.#connection?.send({ type: 'attach', stream, run: run.id, from }) ?? false;
    if (isSent) {
      this.#log.stream = stream;
      this.#log.attachedFrom = from;
    }
  }

  /** Shows a run from its beginning, on a stream that is open if it is not 0. */
  #begin(run: RunView, stream: number): void {
    if (this.#log !== null && this.#log.stream !== 0) {
      this.#connection?.send({ type: 'detach', stream: this.#log.stream });
    }
    this.#log = { run, log: new RunLog(), stream, attachedFrom: 0 };
    this.lastEnd = null;
    this.isStopping = false;
    this.#output?.begin(run.path, run.id in this.#ours);
  }

  #started(run: RunView): void {
    this.isStarting = this.#isStartSent = false;
    this.#unsent = this.#unsent.map((typed) => ({ ...typed, run: typed.run ?? run.id }));
    this.#begin(run, this.#startStream);
    if (this.#stopsAtStart) this.#stop(run.id);
    this.#stopsAtStart = false;
  }

  #stop(run: string): void {
    this.isStopping = this.#connection?.send({ type: 'stop', run }) ?? false;
    if (!this.isStopping) this.#events.notStopped('no_connection');
  }

  #sendUnsent(): void {
    // A program that is over meanwhile has no ear for it.
    const listener = this.takesInput ? this.program?.id : undefined;
    this.#unsent = this.#unsent.filter(
      ({ run, data }) => run === null || (run === listener && !this.#send(run, data)),
    );
  }

  #send(run: string | null, data: string): boolean {
    if (run === null) return false;
    return this.#connection?.send({ type: 'input', run, data }) ?? false;
  }

  #problem({ request, stream, problem }: Extract<FromServer, { type: 'problem' }>): void {
    if (stream !== undefined) {
      // The next word about the program attaches again.
      if (stream === this.#log?.stream) this.#log.stream = 0;
    } else if (request === undefined) {
      this.isStopping = false;
      // The end overtook it, and the end is on the screen.
      const isOver = problem.code === 'no_such_run' && !this.takesInput;
      if (!isOver) this.#events.refused(problem);
    } else if (request === this.#startRequest) {
      this.abandon();
      // What another window has started meanwhile.
      if (this.program !== null) this.#follow(this.program);
      this.#events.notStarted(problem);
    }
  }
}

function rank(run: RunView): number {
  return ['queued', 'running', 'prompt', 'ended'].indexOf(run.state);
}
