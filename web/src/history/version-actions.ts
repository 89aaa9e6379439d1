// Bringing an earlier version of a file back, and undoing that. What is replaced is always a
// version itself, so nothing is lost either way.
import { Refusal } from '../api/request';
import * as trees from '../api/trees';
import type { VersionView } from '../api/types';
import type { Workspace } from '../app/workspace.svelte';
import { folderOf, nameOf } from '../files/paths';
import type { Tree } from '../files/tree.svelte';
import { text } from '../text';
import { whyFailed } from '../text/problem';
import type { Now } from './history.svelte';
import { momentWithin } from '../moments/moments';

/** The file as it is now cannot be named, so nothing can be put in its place safely. */
export class Unnamed extends Error {
  override readonly name = 'Unnamed';
}

export class VersionActions {
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** Saves what is typed in a file, so that its history has that too; whether it could be. */
  async saveFirst(tree: Tree, path: string): Promise<boolean> {
    const { files } = this.#workspace;
    return (await files.saveAll(files.within(tree.id, path))) === null;
  }

  /**
   * Puts a version in the place of what the file is `now`, with a message and a way back. Throws
   * what the server refuses, `NotSaved`, and `Unnamed`.
   */
  async restore(tree: Tree, path: string, version: VersionView, now: Now): Promise<void> {
    const replaced = await this.#baseOf(tree, path, now);
    const saved = await trees.restoreVersion(tree.id, path, version.version, replaced);
    await this.#showChange(tree, path);
    const { toasts } = this.#workspace;
    const sentence = text.history.restored(
      nameOf(path),
      momentWithin(version.at, new Date(), 'seconds'),
    );
    // Without an earlier content undoing is deleting, which not everybody may.
    if (replaced === null && !tree.isWritable) toasts.show(sentence);
    else {
      toasts.show(sentence, {
        label: text.files.undo,
        run: () => void this.#undo(tree, path, replaced, saved.version),
      });
    }
  }

  async #undo(tree: Tree, path: string, replaced: string | null, restored: string): Promise<void> {
    const { actions, files, toasts } = this.#workspace;
    const name = nameOf(path);
    if (replaced === null) {
      await actions.delete(tree, path);
      return;
    }
    try {
      await actions.saveFirst(files.within(tree.id, path));
      await trees.restoreVersion(tree.id, path, replaced, restored);
      await this.#showChange(tree, path);
      toasts.show(text.history.undone(name));
    } catch (error) {
      const isChanged = error instanceof Refusal && error.code === 'conflict';
      toasts.fail(
        isChanged
          ? text.history.changedSince(name)
          : text.files.failed(text.history.notUndone(name), whyFailed(error)),
        {
          label: text.history.open,
          run: () => (this.#workspace.dialog = { kind: 'history', tree, path }),
        },
      );
    }
  }

  /** Returns the version that is to be replaced: what was shown, and what was typed since. */
  async #baseOf(tree: Tree, path: string, now: Now): Promise<string | null> {
    const { actions, files } = this.#workspace;
    const open = files.find(tree.id, path);
    if (open?.isDirty && open.document !== null) {
      await actions.saveFirst([open]);
      return open.document.saver.base;
    }
    if (now.kind === 'gone') return null;
    return now.kind === 'text' ? now.version : versionOf(await trees.getContent(tree.id, path));
  }

  /** Shows what the file is now where it is open, and in the tree. */
  async #showChange(tree: Tree, path: string): Promise<void> {
    const { files } = this.#workspace;
    const open = files.find(tree.id, path);
    if (open?.content.kind === 'refused') await files.load(open);
    await Promise.all([files.refreshAll(), tree.load(folderOf(path))]);
    this.#workspace.roomChanged(tree);
  }
}

/** Returns the name the server gives a content: its SHA-256. */
async function versionOf(content: Blob): Promise<string> {
  // Browsers compute it only for pages that came over HTTPS or from this machine.
  if (!globalThis.isSecureContext) throw new Unnamed();
  const digest = await crypto.subtle.digest('SHA-256', await content.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
