// Uploads files and folders: one file after the other, with a question before anything is replaced.
import { Refusal, Unreachable } from '../api/request';
import * as trees from '../api/trees';
import type { Workspace } from '../app/workspace.svelte';
import { text } from '../text';
import { whyFailed } from '../text/problem';
import { maxDropped, readDropped, Unreadable, type Dropped } from './dropped';
import { join, nameOf } from './paths';
import type { Tree } from './tree.svelte';

/** Larger uploads show their progress. */
const fewFiles = 5;
const fewBytes = 1e6;
/** Time between two changes of the progress, in ms: a screen reader reads each of them. */
const progressInterval = 1000;
/** Failures with a sentence of their own; the rest is counted. */
const maxSentences = 2;

export class Uploads {
  readonly #workspace: Workspace;
  /** The upload that goes on: the next one waits for it, because there is one dialog for its questions. */
  #last: Promise<void> = Promise.resolve();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** Uploads files into a folder of a tree. */
  add(tree: Tree, folder: string, files: readonly File[]): Promise<void> {
    const uploads = files.map((file) => ({ path: file.name, file }));
    return this.#upload(tree, folder, { folders: [], files: uploads });
  }

  /** Uploads dropped files and whole folders into a folder of a tree. */
  async drop(
    tree: Tree,
    folder: string,
    entries: readonly (FileSystemEntry | File)[],
  ): Promise<void> {
    const { toasts } = this.#workspace;
    let dropped: Dropped | null;
    try {
      dropped = await readDropped(entries);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      toasts.fail(text.uploads.unreadable(error.path));
      return;
    }
    if (dropped === null) toasts.fail(text.uploads.tooMany(maxDropped));
    else await this.#upload(tree, folder, dropped);
  }

  #upload(tree: Tree, folder: string, dropped: Dropped): Promise<void> {
    const upload = this.#last.then(() => this.#uploadNow(tree, folder, dropped));
    // Its failure is its own caller's.
    this.#last = upload.catch(() => undefined);
    return upload;
  }

  async #uploadNow(tree: Tree, folder: string, { folders, files }: Dropped): Promise<void> {
    const { toasts } = this.#workspace;
    const failures: string[] = [];
    const replace = this.#replaceQuestion(files.length);
    const progress = this.#progress(files.map(({ file }) => file));
    let done = 0;
    try {
      for (const path of folders) {
        const why = await this.#attempt(path, () => makeFolder(tree.id, join(folder, path)));
        if (why.sentence !== null) failures.push(why.sentence);
        if (why.isLast) return;
      }
      for (const [at, { path, file }] of files.entries()) {
        progress.at(at, file);
        const why = await this.#attempt(path, async () => {
          if (await this.#put(tree.id, join(folder, path), file, replace)) done += 1;
        });
        if (why.sentence !== null) failures.push(why.sentence);
        if (why.isLast) return;
      }
    } finally {
      progress.end();
      for (const sentence of failures.slice(0, maxSentences)) toasts.fail(sentence);
      const more = failures.length - maxSentences;
      if (more > 0) toasts.fail(text.uploads.moreFailed(more));
      this.#report(done, files.length, folders.length, failures.length);
      await this.#show(tree, folder);
    }
  }

  /** Returns the sentence for a failure, and whether the files after it would fail as well. */
  async #attempt(
    path: string,
    action: () => Promise<void>,
  ): Promise<{ sentence: string | null; isLast: boolean }> {
    try {
      await action();
      return { sentence: null, isLast: false };
    } catch (error) {
      if (error instanceof TooLarge) return { sentence: error.message, isLast: false };
      const isFull = error instanceof Refusal && error.code === 'quota_full';
      const why = isFull ? text.uploads.noRoom : whyFailed(error);
      const sentence = text.files.failed(text.files.couldNot.upload(nameOf(path)), why);
      return { sentence, isLast: isFull || error instanceof Unreachable };
    }
  }

  /** Returns whether the file was uploaded: the user may keep the existing one. */
  async #put(tree: string, path: string, file: File, replace: ReplaceQuestion): Promise<boolean> {
    const most = this.#workspace.session.max_upload_bytes;
    if (file.size > most) {
      throw new TooLarge(text.uploads.tooLarge(file.name, text.units.bytes(most)));
    }
    try {
      await trees.putContent(tree, path, file, false);
      return true;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'already_exists') throw error;
    }
    const isYes = await replace(nameOf(path));
    if (isYes) await trees.putContent(tree, path, file, true);
    return isYes;
  }

  /** Asks about each existing file, until an answer is for all. */
  #replaceQuestion(files: number): ReplaceQuestion {
    let forAll: boolean | null = null;
    return async (name) => {
      if (forAll !== null) return forAll;
      const answer = await new Promise<ReplaceAnswer>((resolve) => {
        this.#workspace.dialog = { kind: 'replace', name, isOfMany: files > 1, answer: resolve };
      });
      if (answer.isForAll) forAll = answer.isYes;
      return answer.isYes;
    };
  }

  #progress(files: readonly File[]): { at(n: number, file: File): void; end(): void } {
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    if (files.length <= fewFiles && bytes <= fewBytes) {
      return { at: () => undefined, end: () => undefined };
    }
    const sentence = (n: number, name: string): string =>
      files.length === 1 ? text.uploads.one(name) : text.uploads.progress(n, files.length);
    const toast = this.#workspace.toasts.progress(sentence(1, files[0]?.name ?? ''));
    let changed = performance.now();
    return {
      at: (n, file) => {
        if (performance.now() - changed < progressInterval) return;
        changed = performance.now();
        toast.set(sentence(n + 1, file.name));
      },
      end: () => toast.end(),
    };
  }

  #report(done: number, files: number, folders: number, failures: number): void {
    const { toasts } = this.#workspace;
    if (files === 0) {
      if (folders > 0 && failures === 0) toasts.show(text.uploads.doneFolders(folders));
    } else if (done === files) toasts.show(text.uploads.done(done));
    else if (done > 0) toasts.show(text.uploads.some(done, files));
    else if (failures === 0) toasts.show(text.uploads.nothing);
  }

  async #show(tree: Tree, folder: string): Promise<void> {
    if (folder !== '') await tree.expand(folder);
    // Folders that were there before have new content.
    await tree.refresh();
    this.#workspace.roomChanged(tree);
    await this.#workspace.files.refreshAll();
  }
}

export interface ReplaceAnswer {
  isYes: boolean;
  isForAll: boolean;
}

type ReplaceQuestion = (name: string) => Promise<boolean>;

class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** Makes a folder, unless it exists. */
async function makeFolder(tree: string, path: string): Promise<void> {
  try {
    await trees.makeFolder(tree, path);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'already_exists') throw error;
  }
}
