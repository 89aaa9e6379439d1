// What can be done with files: the requests, the messages, and what follows in trees and tabs.
import { getPlot } from '../api/plots';
import { Refusal } from '../api/request';
import * as trees from '../api/trees';
import type { TrashItemView } from '../api/types';
import type { Workspace } from '../app/workspace.svelte';
import { NotSaved } from '../editor/not-saved';
import type { OpenFile } from '../editor/open-files.svelte';
import { fileNameOf, freePath, type Figure } from '../plots/figure';
import { text } from '../text';
import { whyFailed } from '../text/problem';
import { afterMove, folderOf, freeName, isWithin, join, nameOf } from './paths';
import type { Tree } from './tree.svelte';

export class FileActions {
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** Makes an empty file, or one with a text, and opens it; throws what the server refuses. */
  async makeFile(tree: Tree, path: string, content = ''): Promise<void> {
    await trees.saveText(tree.id, path, content, null);
    await tree.load(folderOf(path));
    await this.#workspace.open(tree.id, path);
  }

  /** Makes a folder and shows it; throws what the server refuses. */
  async makeFolder(tree: Tree, path: string): Promise<void> {
    await trees.makeFolder(tree.id, path);
    await tree.load(folderOf(path));
    await tree.reveal(path);
  }

  /** Makes the folders above a path that are not there any more. */
  async makeParents(tree: Tree, path: string): Promise<void> {
    const parts = folderOf(path).split('/').filter(Boolean);
    for (let n = 1; n <= parts.length; n += 1) {
      try {
        await trees.makeFolder(tree.id, parts.slice(0, n).join('/'));
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'already_exists') throw error;
      }
    }
  }

  /** Moves or renames; throws what the server refuses. */
  async move(tree: Tree, from: string, to: string): Promise<void> {
    if (from === to) return;
    const { files } = this.#workspace;
    await this.saveFirst(files.within(tree.id, from));
    await trees.moveEntry(tree.id, from, to);
    files.moved(tree.id, from, to);
    tree.moved(from, to);
    await Promise.all([...new Set([folderOf(from), folderOf(to)])].map((one) => tree.load(one)));
    await Promise.all([...tree.expanded].map((one) => tree.expand(one)));
    this.#workspace.rememberPlace();
    // The row has a new key, so its element and the focus on it are gone.
    this.#workspace.wantsFocus = tree;
  }

  /** Renames without a dialog; shows a message when the server refuses. */
  async rename(tree: Tree, from: string, to: string): Promise<void> {
    try {
      await this.move(tree, from, to);
      this.#workspace.wantsFocus = 'editor';
    } catch (error) {
      const what = text.files.couldNot.rename(nameOf(from));
      this.#workspace.toasts.fail(text.files.failed(what, whyFailed(error)));
    }
  }

  /** Moves by drag and drop, with a message and a way back. */
  async moveInto(tree: Tree, from: string, folder: string): Promise<void> {
    const name = nameOf(from);
    const to = join(folder, name);
    if (to === from || isWithin(folder, from)) return;
    const { toasts } = this.#workspace;
    try {
      await this.move(tree, from, to);
      await tree.reveal(to);
      toasts.show(text.files.moved(name, folder === '' ? text.files.root : nameOf(folder)), {
        label: text.files.undo,
        run: () => void this.moveInto(tree, to, folderOf(from)),
      });
    } catch (error) {
      toasts.fail(text.files.failed(text.files.couldNot.move(name), whyFailed(error)));
    }
  }

  /** Deletes, with a message and a way back; what is open of it is closed. */
  async delete(tree: Tree, path: string): Promise<void> {
    const { files, toasts } = this.#workspace;
    const name = nameOf(path);
    const open = files.within(tree.id, path);
    try {
      // What was typed last goes to the trash as well, so that undo brings all of it back.
      await this.saveFirst(open);
      const { trash_id } = await trees.deleteEntry(tree.id, path);
      // What was typed since is nowhere else: its next save finds the file gone, and asks.
      const closed = open.filter((file) => !file.hasNews);
      const paths = closed.map((file) => file.path);
      for (const file of closed) files.close(file, true);
      tree.removed(path);
      await tree.load(folderOf(path));
      this.#workspace.wantsFocus = tree;
      this.#workspace.roomChanged(tree);
      toasts.show(text.files.deleted(name), {
        label: text.files.undo,
        run: () => void this.#undelete(tree, trash_id, path, paths),
      });
    } catch (error) {
      toasts.fail(text.files.failed(text.files.couldNot.delete(name), whyFailed(error)));
    }
  }

  /** Brings something of the trash back, and says where it is; throws what the server refuses. */
  async restore(tree: Tree, item: TrashItemView): Promise<void> {
    const { files, toasts } = this.#workspace;
    const path = await this.#bringBack(tree, item.trash_id);
    const words = text.trash.restored;
    const name = nameOf(item.path);
    const isRenamed = nameOf(path) !== name;
    const folder = folderOf(path) === '' ? text.files.root : folderOf(path);
    const open = {
      label: text.files.open,
      run: () => {
        this.#workspace.dialog = null;
        void this.#workspace.open(tree.id, path);
      },
    };
    toasts.show(
      isRenamed ? words.renamed(name, folder, nameOf(path)) : words.same(name, folder),
      item.kind === 'file' ? open : null,
    );
    // A tab may still show that the file is gone.
    await Promise.all(
      files
        .within(tree.id, path)
        .filter((file) => file.content.kind === 'refused')
        .map((file) => files.load(file)),
    );
  }

  async download(tree: string, path: string): Promise<void> {
    const name = nameOf(path);
    try {
      const address = URL.createObjectURL(await trees.getContent(tree, path));
      const link = document.createElement('a');
      link.href = address;
      link.download = name;
      link.click();
      // The browser has begun to read it by then.
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    } catch (error) {
      this.#workspace.toasts.fail(
        text.files.failed(text.files.couldNot.download(name), whyFailed(error)),
      );
    }
  }

  /** Copies something that is read only into the own folder, under a free name. */
  async copyToMine(tree: Tree, path: string): Promise<void> {
    const { home, toasts } = this.#workspace;
    const name = nameOf(path);
    try {
      const entry = await tree.entry(path);
      await home.load('');
      const taken = new Set(home.entriesOf('').map((one) => one.name));
      const target = taken.has(name) ? freeName(name, 'copy', (one) => taken.has(one)) : name;
      if (entry?.kind === 'folder') await this.#copyFolder(tree.id, path, target);
      else await this.#copyFile(tree.id, path, target);
      await home.load('');
      await home.reveal(target);
      toasts.show(text.files.copied(target));
      if (entry?.kind === 'file') await this.#workspace.open(home.id, target);
    } catch (error) {
      toasts.fail(text.files.failed(text.files.couldNot.copy(name), whyFailed(error)));
    }
  }

  /**
   * Copies a program to the top folder of the user's own files and opens the copy. An unchanged
   * earlier copy is used again. Returns its path; shows a message and returns `null` on failure.
   */
  async copyProgram(tree: Tree, path: string): Promise<string | null> {
    const { files, home, toasts } = this.#workspace;
    const name = nameOf(path);
    try {
      await this.saveFirst(files.within(tree.id, path));
      const content = await trees.getContent(tree.id, path);
      await home.load('');
      const copy =
        (await this.#findCopy(name, content)) ??
        (await this.#putFree(
          home,
          '',
          (isTaken) => (isTaken(name) ? freeName(name, 'copy', isTaken) : name),
          (free) => trees.putContent(home.id, free, content, false),
        ));
      await this.#workspace.open(home.id, copy);
      return copy;
    } catch (error) {
      toasts.fail(text.files.failed(text.files.couldNot.copy(name), whyFailed(error)));
      return null;
    }
  }

  /** Saves a text beside `path`, under a free name with a word in it; returns that name. */
  async saveBeside(tree: Tree, path: string, content: string, word: string): Promise<string> {
    const folder = folderOf(path);
    const saved = await this.#putFree(
      tree,
      folder,
      (isTaken) => join(folder, freeName(nameOf(path), word, isTaken)),
      (free) => trees.saveText(tree.id, free, content, null),
    );
    return nameOf(saved);
  }

  /** Saves a figure beside its program, under a free name, with a message and a way to it. */
  async saveFigure(figure: Figure): Promise<void> {
    const { home, toasts } = this.#workspace;
    try {
      const content = await getPlot(home.id, figure.run, figure.plot);
      // The program's folder may be gone by now.
      await this.makeParents(home, figure.path);
      const saved = await this.#putFree(
        home,
        folderOf(figure.path),
        (isTaken) => freePath(figure, isTaken),
        (free) => trees.putContent(home.id, free, content, false),
      );
      await home.reveal(saved);
      toasts.show(text.plots.saved(nameOf(saved)), {
        label: text.files.open,
        run: () => void this.#workspace.open(home.id, saved),
      });
    } catch (error) {
      const name = fileNameOf(figure);
      const isGone = error instanceof Refusal && error.code === 'not_found';
      const why = isGone ? text.plots.gone : whyFailed(error);
      toasts.fail(text.files.failed(text.files.couldNot.save(name), why));
    }
  }

  /** Writes under the first free name in a folder, shows the folder anew, and returns the path. */
  async #putFree(
    tree: Tree,
    folder: string,
    free: (isTaken: (name: string) => boolean) => string,
    put: (path: string) => Promise<unknown>,
  ): Promise<string> {
    await tree.load(folder);
    const taken = new Set(tree.entriesOf(folder).map((one) => one.name));
    for (;;) {
      const path = free((name) => taken.has(name));
      try {
        await put(path);
      } catch (error) {
        // Somebody was faster, or the folder is too full to see all of it.
        if (!(error instanceof Refusal) || error.code !== 'already_exists') throw error;
        taken.add(nameOf(path));
        continue;
      }
      await tree.load(folder);
      return path;
    }
  }

  /** Saves; throws `NotSaved` when the server does not have all that was typed. */
  async saveFirst(open: readonly OpenFile[]): Promise<void> {
    const { files } = this.#workspace;
    const unsaved = await files.saveAll(open);
    if (unsaved === null || unsaved.document === null) return;
    files.activate(unsaved);
    throw new NotSaved(unsaved.name, unsaved.document.saveState);
  }

  async #undelete(tree: Tree, trashId: string, path: string, open: string[]): Promise<void> {
    const { toasts } = this.#workspace;
    try {
      const back = await this.#bringBack(tree, trashId);
      for (const one of open) {
        await this.#workspace.files.open(tree.id, afterMove(one, path, back));
      }
      toasts.show(text.files.restored(nameOf(back)));
    } catch (error) {
      toasts.fail(text.files.failed(text.files.couldNot.restore, whyFailed(error)));
    }
  }

  /** Moves something back from the trash, shows it in the tree, and returns its path. */
  async #bringBack(tree: Tree, trashId: string): Promise<string> {
    const { path } = await trees.restoreEntry(tree.id, trashId);
    await tree.reveal(path);
    // Folders above it may have been made again.
    await tree.refresh();
    this.#workspace.roomChanged(tree);
    return path;
  }

  /** Returns the copy in the top folder that has the same content, if there is one. */
  async #findCopy(name: string, content: Blob): Promise<string | null> {
    const { files, home } = this.#workspace;
    const entries = new Map(home.entriesOf('').map((entry) => [entry.name, entry]));
    const changed = new Set<string>();
    let candidate = name;
    for (let entry = entries.get(name); entry !== undefined; entry = entries.get(candidate)) {
      const isUnsaved = files.within(home.id, candidate).some((file) => file.isDirty);
      if (entry.kind === 'file' && entry.size === content.size && !isUnsaved) {
        const copy = await trees.getContent(home.id, candidate);
        if ((await copy.text()) === (await content.text())) return candidate;
      }
      changed.add(candidate);
      candidate = freeName(name, 'copy', (one) => changed.has(one));
    }
    return null;
  }

  async #copyFile(tree: string, path: string, target: string): Promise<void> {
    const content = await trees.getContent(tree, path);
    await trees.putContent(this.#workspace.home.id, target, content, false);
  }

  async #copyFolder(tree: string, path: string, target: string): Promise<void> {
    await trees.makeFolder(this.#workspace.home.id, target);
    const { entries } = await trees.getFolder(tree, path);
    for (const entry of entries.filter((one) => one.is_reachable)) {
      const [from, to] = [join(path, entry.name), join(target, entry.name)];
      if (entry.kind === 'folder') await this.#copyFolder(tree, from, to);
      else if (entry.kind === 'file') await this.#copyFile(tree, from, to);
    }
  }
}
