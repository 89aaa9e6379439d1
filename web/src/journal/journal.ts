// Unsaved text, kept in the browser's own database until the server has it for good: a crash, an
// empty battery or an expired session loses at most the last half second.

export interface Draft {
  user: string;
  tree: string;
  path: string;
  /** The browser tab that wrote it: two tabs never overwrite each other's draft. */
  tab: string;
  text: string;
  /** The version the text was made from. */
  base: string | null;
}

type Key = [user: string, tab: string, tree: string, path: string];

const databaseName = 'pythonide';
const store = 'drafts';

export class Journal {
  readonly #database: Promise<IDBDatabase>;

  constructor(factory: IDBFactory = indexedDB) {
    this.#database = open(factory);
    // Whoever uses the journal sees the failure; nobody having used it yet is no fault.
    this.#database.catch(() => undefined);
  }

  async write(draft: Draft): Promise<void> {
    await this.#change((drafts) => drafts.put(draft, keyOf(draft)));
  }

  async remove(draft: Omit<Draft, 'text' | 'base'>): Promise<void> {
    await this.#change((drafts) => drafts.delete(keyOf(draft)));
  }

  /** Returns a user's drafts, of all tabs. */
  async list(user: string): Promise<Draft[]> {
    const database = await this.#database;
    const range = IDBKeyRange.bound([user], [user, []]);
    const request = database.transaction(store).objectStore(store).getAll(range);
    return (await settled(request)) as Draft[];
  }

  /** Takes over a draft of a tab that is gone. */
  async adopt(draft: Draft, tab: string): Promise<Draft> {
    const adopted = { ...draft, tab };
    await this.#change((drafts) => {
      drafts.delete(keyOf(draft));
      return drafts.put(adopted, keyOf(adopted));
    });
    return adopted;
  }

  async #change(action: (drafts: IDBObjectStore) => IDBRequest): Promise<void> {
    const database = await this.#database;
    const transaction = database.transaction(store, 'readwrite', { durability: 'strict' });
    await settled(action(transaction.objectStore(store)));
  }
}

function keyOf(draft: Omit<Draft, 'text' | 'base'>): Key {
  return [draft.user, draft.tab, draft.tree, draft.path];
}

async function open(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open(databaseName, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(store);
  return settled(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the database failed'));
  });
}
