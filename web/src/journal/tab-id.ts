// Which browser tab this is, and which others are alive: a draft of a tab that is gone may be
// taken over, that of a living one may not.

const key = 'pythonide.tab';
const lockPrefix = 'pythonide-tab-';

let claimed: Promise<string> | null = null;

/** Returns this tab's id, the same after a reload, and holds it as long as the page lives. */
export function claimTabId(): Promise<string> {
  claimed ??= claim();
  return claimed;
}

async function claim(): Promise<string> {
  const kept = sessionStorage.getItem(key);
  if (kept !== null && (await hold(kept))) return kept;
  // No id yet, or this tab is a duplicate of one that still lives.
  const fresh = makeId();
  sessionStorage.setItem(key, fresh);
  await hold(fresh);
  return fresh;
}

/** Returns whether another tab's drafts may be taken over. */
export async function gone(tabs: string[]): Promise<Set<string>> {
  // Without locks (a page that is not secure) nobody can be known to live; a draft taken from a
  // living tab costs nothing but a conflict with an equal text, which solves itself.
  if (!('locks' in navigator)) return new Set(tabs);
  const { held = [] } = await navigator.locks.query();
  const alive = new Set(held.map((lock) => lock.name));
  return new Set(tabs.filter((tab) => !alive.has(lockPrefix + tab)));
}

function hold(id: string): Promise<boolean> {
  if (!('locks' in navigator)) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(lockPrefix + id, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      // Held until the page goes.
      return lock === null ? undefined : new Promise<never>(() => undefined);
    });
  });
}

function makeId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
