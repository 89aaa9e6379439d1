// Starts the program that Run means, and offers a way when that file cannot run.
import { nameOf } from '../files/paths';
import type { Tree } from '../files/tree.svelte';
import { text } from '../text';
import type { Toast } from '../toast/toasts.svelte';
import { describeTarget, runTarget, type RunTarget } from './run-target';
import type { Workspace } from './workspace.svelte';

export class Launcher {
  /** The path of the last run. */
  lastPath = $state<string | null>(null);
  readonly #workspace: Workspace;
  readonly #connected: () => Promise<void>;

  /** `connected` resolves when the connection is open, or after a short wait for it. */
  constructor(workspace: Workspace, connected: () => Promise<void>) {
    this.#workspace = workspace;
    this.#connected = connected;
  }

  /** The file that Run means now. */
  get target(): RunTarget {
    return runTarget(this.#workspace.files.active, this.#workspace.home.id, this.lastPath);
  }

  /** Runs the file in front; says why it cannot run and offers a way. */
  async run(): Promise<void> {
    const { runs, toasts } = this.#workspace;
    if (runs.isRunning || runs.isStarting) return;
    const target = this.target;
    switch (target.kind) {
      case 'front':
      case 'again':
        return this.runPath(target.path);
      case 'copy': {
        const tree = this.#workspace.treeOf(target.tree);
        if (tree !== null) this.#workspace.dialog = { kind: 'runCopy', tree, path: target.path };
        return;
      }
      case 'not_python':
        toasts.show(describeTarget(target), this.#wayFrom(target));
        return;
      case 'none':
        toasts.show(describeTarget(target));
    }
  }

  /** Copies a program to the user's own files and runs the copy. */
  async runCopy(tree: Tree, path: string): Promise<void> {
    const copy = await this.#workspace.actions.copyProgram(tree, path);
    if (copy !== null) await this.runPath(copy);
  }

  /** Saves all own files and runs one of them. */
  async runPath(path: string): Promise<void> {
    const { files, home, runs, toasts } = this.#workspace;
    if (runs.isRunning || runs.isStarting) return;
    // Keys typed from now on are input of the program.
    runs.prepare();
    this.#workspace.showConsole();
    const own = files.all.filter((file) => file.tree === home.id);
    const unsaved = await files.saveAll(own).catch((error: unknown) => {
      runs.abandon();
      throw error;
    });
    if (unsaved !== null) {
      runs.abandon();
      this.#workspace.wantsFocus = 'editor';
      toasts.fail(text.save.notRun(unsaved.name));
      files.activate(unsaved);
      return;
    }
    this.lastPath = path;
    // After a server stops, its successor takes the request: nobody has to press Run again.
    await this.#connected();
    if (!runs.start(path)) {
      this.#workspace.wantsFocus = 'editor';
      toasts.fail(text.console.offline);
    }
  }

  /** Returns the next step after Run on a file that isn't a program. */
  #wayFrom({ path, rename, again }: Extract<RunTarget, { kind: 'not_python' }>): Toast['action'] {
    const { actions, home } = this.#workspace;
    if (rename !== null) {
      return {
        label: text.run.renameTo(nameOf(rename)),
        run: () => void actions.rename(home, path, rename),
      };
    }
    if (again === null) return null;
    return { label: text.run.front(nameOf(again)), run: () => void this.runPath(again) };
  }
}
