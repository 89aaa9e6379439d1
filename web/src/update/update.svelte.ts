// Whether the server has another front end than this page, and when the page may be loaded again for it without anybody
// noticing.

/** How urgent it is: `offered` works on as it is, `needed` has no connection to programs until then. */
export type Need = 'none' | 'offered' | 'needed';

/** What is taken from the outside, so that tests can be in charge of it. */
export interface Surroundings {
  /** Which front end this page is; `null` while it is being developed. */
  readonly own: string | null;
  /** Builds that this tab has been, or was loaded again for. */
  former(): string[];
  setFormer(builds: string[]): void;
  /** Whether there is anything that a reload would take away or get in the way of. */
  isAtRest(): boolean;
  /** Milliseconds since somebody last did something on the page. */
  idleFor(): number;
  isHidden(): boolean;
  reload(): void;
  later(ms: number, action: () => void): () => void;
}

/** Between two looks whether the moment is quiet. */
export const lookEvery = 1000;
/** Nobody has done anything for so long: reading, perhaps, but not in the middle of something. */
export const quietAfter = 20_000;
/** The same where programs cannot be run without a reload, or where the page is not in sight. */
export const quietSoon = 3000;
/** So many builds of a tab are remembered. */
const mostFormer = 20;

export class Update {
  need = $state<Need>('none');
  #wanted: string | null = null;
  #cancelLook: (() => void) | null = null;
  readonly #outside: Surroundings;

  constructor(outside: Surroundings) {
    this.#outside = outside;
  }

  /** A server has let the page in, and said which front end it has. */
  welcomed(build: string): void {
    const { own } = this.#outside;
    this.#is(build === '' || own === null || build === own ? 'none' : 'offered', build);
  }

  /** A server has sent the page away: they have no common protocol. */
  refused(build: string): void {
    this.#is('needed', build);
  }

  stop(): void {
    this.#cancelLook?.();
    this.#cancelLook = null;
  }

  /** Loads the page again for what the server has; somebody wants it, or the moment is quiet. */
  reload(): void {
    this.stop();
    const here = [this.#outside.own, this.#wanted].filter((build) => build !== null);
    const others = this.#outside.former().filter((build) => !here.includes(build));
    this.#outside.setFormer([...others, ...here].slice(-mostFormer));
    this.#outside.reload();
  }

  #is(need: Need, build: string): void {
    this.need = need;
    this.#wanted = build;
    this.stop();
    // While old and new servers are side by side a tab may meet both in turn: it goes to each build once, and not to
    // and fro.
    if (need !== 'none' && !this.#outside.former().includes(build)) this.#look();
  }

  #look(): void {
    this.#cancelLook = this.#outside.later(lookEvery, () => {
      const isSoon = this.need === 'needed' || this.#outside.isHidden();
      const patience = isSoon ? quietSoon : quietAfter;
      if (this.#outside.isAtRest() && this.#outside.idleFor() >= patience) this.reload();
      else this.#look();
    });
  }
}
