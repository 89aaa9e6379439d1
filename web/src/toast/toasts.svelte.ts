// Short messages that come and go by themselves, some with one thing to do about them.

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  action: { label: string; run: () => void } | null;
  /** Stays until it is dismissed. */
  isLasting?: boolean;
}

/** A message about work that goes on. */
export interface Progress {
  set(text: string): void;
  end(): void;
}

const shortly = 5000;
const longer = 10_000;

export class Toasts {
  all = $state.raw<Toast[]>([]);
  #nextId = 1;
  // Nothing is drawn from it, so it need not be reactive.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  show(text: string, action: Toast['action'] = null): void {
    this.#add({ id: this.#nextId++, text, tone: 'plain', action });
  }

  fail(text: string, action: Toast['action'] = null): void {
    this.#add({ id: this.#nextId++, text, tone: 'bad', action });
  }

  /** Shows a message that stays until `end`. */
  progress(text: string): Progress {
    const id = this.#nextId++;
    this.#add({ id, text, tone: 'plain', action: null, isLasting: true });
    return {
      set: (next) => {
        this.all = this.all.map((one) => (one.id === id ? { ...one, text: next } : one));
      },
      end: () => this.dismiss(id),
    };
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.all = this.all.filter((toast) => toast.id !== id);
  }

  /** Somebody is reading or about to press: nothing goes away. */
  hold(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  resume(): void {
    for (const toast of this.all) this.#dismissLater(toast);
  }

  #add(toast: Toast): void {
    // The same message again replaces the old one; more than four are a wall.
    const others = this.all.filter((one) => one.text !== toast.text);
    this.all = [...others.slice(-3), toast];
    this.#dismissLater(toast);
  }

  #dismissLater(toast: Toast): void {
    if (toast.isLasting === true) return;
    clearTimeout(this.#timers.get(toast.id));
    const wait = toast.action === null && toast.tone === 'plain' ? shortly : longer;
    this.#timers.set(
      toast.id,
      setTimeout(() => this.dismiss(toast.id), wait),
    );
  }
}
