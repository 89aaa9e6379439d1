// Sizes of the panes and of the text, remembered, and how much room there is.
import { MediaQuery } from 'svelte/reactivity';
import { recall, remember } from '../place/storage';

const key = 'pythonide.layout';

export const bounds = {
  files: { least: 160, most: 480, first: 236 },
  console: { least: 80, most: 1200, first: 286 },
  plots: { least: 200, most: 1200, first: 340 },
  text: { least: 11, most: 28, first: 14 },
} as const;

type Size = keyof typeof bounds;

class Layout {
  #sizes = $state<Record<Size, number>>(read());
  reader = $state(recall('pythonide.reader') === 'on');
  /** Whether the list of files is open where it can be collapsed: in stacked panes. */
  hasFiles = $state(recall('pythonide.files') !== 'closed');
  readonly #wide = new MediaQuery('min-width: 1100px');
  // As in the style sheets of the panes.
  readonly #stacked = new MediaQuery('max-width: 800px');

  /** Whether the figures have room beside the console. */
  get isWide(): boolean {
    return this.#wide.current;
  }

  /** Whether the panes are stacked, on a phone or at a large zoom, and the page scrolls. */
  get isStacked(): boolean {
    return this.#stacked.current;
  }

  get(size: Size): number {
    return this.#sizes[size];
  }

  set(size: Size, value: number): void {
    this.#sizes[size] = clamp(size, value);
    remember(key, JSON.stringify(this.#sizes));
  }

  setFiles(isOpen: boolean): void {
    this.hasFiles = isOpen;
    remember('pythonide.files', isOpen ? 'open' : 'closed');
  }

  setReader(isOn: boolean): void {
    this.reader = isOn;
    remember('pythonide.reader', isOn ? 'on' : 'off');
  }
}

function clamp(size: Size, value: number): number {
  const { least, most } = bounds[size];
  return Math.round(Math.min(most, Math.max(least, value)));
}

function read(): Record<Size, number> {
  const sizes = {
    files: bounds.files.first as number,
    console: bounds.console.first as number,
    plots: bounds.plots.first as number,
    text: bounds.text.first as number,
  };
  const kept: unknown = parse(recall(key));
  if (typeof kept === 'object' && kept !== null) {
    for (const [name, value] of Object.entries(kept)) {
      if (name in sizes && typeof value === 'number' && Number.isFinite(value)) {
        sizes[name as Size] = clamp(name as Size, value);
      }
    }
  }
  return sizes;
}

function parse(kept: string | null): unknown {
  try {
    return kept === null ? null : JSON.parse(kept);
  } catch {
    return null;
  }
}

export const layout = new Layout();
