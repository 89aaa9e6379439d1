// The theme: what was chosen, what that means now, and the attribute that the styles look at.
// `first-paint.js` sets the same attribute by the same rule before the first paint.
import { remember, recall } from '../place/storage';

export type ThemeChoice = 'light' | 'dark' | 'system';

const key = 'pythonide.theme';

class Theme {
  choice = $state<ThemeChoice>(read());
  #systemIsDark = $state(false);
  readonly shown = $derived(
    this.choice === 'system' ? (this.#systemIsDark ? 'dark' : 'light') : this.choice,
  );

  constructor() {
    const query = matchMedia('(prefers-color-scheme: dark)');
    this.#systemIsDark = query.matches;
    query.addEventListener('change', (event) => {
      this.#systemIsDark = event.matches;
      this.#apply();
    });
    this.#apply();
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    remember(key, choice);
    this.#apply();
  }

  #apply(): void {
    document.documentElement.dataset.theme = this.shown;
  }
}

function read(): ThemeChoice {
  const kept = recall(key);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

export const theme = new Theme();
