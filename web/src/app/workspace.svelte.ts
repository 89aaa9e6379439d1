// What one signed-in person works with: files, tabs, the program, the connection. Everything that
// concerns several of them is decided here; components only show it and pass wishes on.
import { getContext, setContext } from 'svelte';
import { changesUnderWay, Refusal } from '../api/request';
import { getSession } from '../api/session';
import type { SessionView, UserView } from '../api/types';
import { Aloud } from '../console/aloud';
import { candidates } from '../console/traceback';
import { Runs, type Output } from '../console/runs.svelte';
import { OpenFiles, type OpenFile } from '../editor/open-files.svelte';
import { FileActions } from '../files/actions';
import { Tree } from '../files/tree.svelte';
import { Uploads } from '../files/uploads';
import { Usage } from '../files/usage.svelte';
import type { Mark, RunView } from '../generated/socket';
import { VersionActions } from '../history/version-actions';
import { findStudent } from '../people/find-student';
import { Figures } from '../plots/figures.svelte';
import { readAddress, recallTabs, rememberTabs, writeAddress, type FileRef } from '../place/place';
import { recallSpots, rememberSpots } from '../place/spots';
import { recallInTab, rememberInTab } from '../place/storage';
import { Connection, type Standing } from '../socket/connection';
import { text } from '../text';
import { problemSentence } from '../text/problem';
import { Toasts } from '../toast/toasts.svelte';
import { Update } from '../update/update.svelte';
import type { DialogState, MenuState } from './dialogs';
import { Shelf } from './drafts';
import { Launcher } from './launcher.svelte';

export interface Exits {
  sessionEnded(): void;
  /** Asks first when something could not be saved, unless the person `isSure`. */
  signOut(isSure?: boolean): void;
}

export interface Viewed {
  user: UserView;
  className: string;
  tree: Tree;
  usage: Usage;
}

export class Workspace {
  readonly session: SessionView;
  readonly exits: Exits;
  readonly toasts = new Toasts();
  readonly home: Tree;
  readonly shared = new Tree('shared');
  readonly files: OpenFiles;
  readonly runs: Runs;
  readonly actions = new FileActions(this);
  readonly uploads = new Uploads(this);
  readonly versions = new VersionActions(this);
  readonly launcher = new Launcher(this, () => this.#settled());
  readonly figures = new Figures();
  /** The student whose files a professor is looking at. */
  viewed = $state.raw<Viewed | null>(null);
  dialog = $state.raw<DialogState | null>(null);
  menu = $state.raw<MenuState | null>(null);
  standing = $state<Standing>('connecting');
  readonly update: Update;
  /** The last thing worth saying aloud. */
  announcement = $state('');
  /** The place of the cursor in the active text. */
  cursor = $state.raw({ line: 1, column: 1, selected: 0 });
  /** Where the focus should go once it can; a tree stands for its current row. */
  wantsFocus = $state.raw<'editor' | 'console' | 'plots' | Tree | null>(null);
  /** Which of the two is in front where there is room for one. */
  lower = $state<'console' | 'plots'>('console');
  readonly #homeUsage: Usage;
  readonly #shelf: Shelf;
  readonly #connection: Connection;
  readonly #aloud = new Aloud();
  #isStarted = $state(false);
  /** When somebody last did something on the page. */
  #lastTouch = performance.now();
  /** Who waits for the connection. */
  #waiters: (() => void)[] = [];

  constructor(session: SessionView, exits: Exits) {
    this.session = session;
    this.exits = exits;
    this.home = new Tree(`home:${session.user.username}`, true);
    this.#homeUsage = new Usage(this.home.id);
    this.#shelf = new Shelf(session.user.username, {
      restored: (name) => this.toasts.show(text.save.restored(name)),
      journalFailed: () => this.toasts.fail(text.save.journalFailed),
    });
    this.files = new OpenFiles(this.#shelf);
    this.runs = new Runs({
      ended: (mark, run) => this.#reached(mark, run),
      notStarted: (problem) => this.toasts.fail(text.console.notStarted(problemSentence(problem))),
      refused: (problem) => this.toasts.fail(problemSentence(problem)),
      notStopped: (why) => this.toasts.show(text.console.notStopped[why]),
      changed: (run) => this.#programChanged(run),
    });
    this.#connection = new Connection(
      {
        standing: (standing) => this.#standingIs(standing),
        message: (message) => {
          if (message.type === 'welcome') this.update.welcomed(message.build);
          this.runs.receive(message);
        },
        frame: (frame) => this.runs.frame(frame),
        sessionEnded: () => this.leave(),
        outdated: (build) => this.update.refused(build),
      },
      {
        open: () => new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/socket`),
        random: () => Math.random(),
        later,
        isSignedIn,
      },
    );
    this.update = new Update({
      own: document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content ?? null,
      former: () => recallInTab(formerBuilds)?.split(' ') ?? [],
      setFormer: (builds) => rememberInTab(formerBuilds, builds.join(' ')),
      isAtRest: () => this.#isAtRest(),
      idleFor: () => performance.now() - this.#lastTouch,
      isHidden: () => document.visibilityState === 'hidden',
      reload: () => location.reload(),
      later,
    });
  }

  /** Whether the person teaches a class, and so may look at students' files. */
  get isProfessor(): boolean {
    return this.session.user.role !== 'student';
  }

  /** The tree on the left: a student's, or the own one. */
  get mainTree(): Tree {
    return this.viewed?.tree ?? this.home;
  }

  /** How full the home on the left is. */
  get usage(): Usage {
    return this.viewed?.usage ?? this.#homeUsage;
  }

  /** Whether the person may bring back what was in a tree before. */
  mayRestore(tree: Tree): boolean {
    return tree.isWritable || tree === this.viewed?.tree;
  }

  get trees(): Tree[] {
    return [this.home, this.shared, ...(this.viewed === null ? [] : [this.viewed.tree])];
  }

  treeOf(id: string): Tree | null {
    return this.trees.find((tree) => tree.id === id) ?? null;
  }

  /** Brings everything to life, once the console is there to show the output. */
  async start(output: Output): Promise<void> {
    this.runs.connect(this.#connection, {
      begin: (path, isOurs) => {
        this.figures.begin();
        this.#aloud.begin();
        // The same sentence said again would otherwise be no change, and not be spoken.
        this.announcement = waiting(this.runs.program);
        output.begin(path, isOurs);
      },
      show: (items) => output.show(items),
      size: () => output.size(),
    });
    this.#connection.open();
    void this.home.refresh();
    void this.shared.refresh();
    this.#homeUsage.look();
    await this.#openRememberedFiles();
    this.#restoreSpots();
    this.#isStarted = true;
  }

  stop(): void {
    this.update.stop();
    this.files.journalAll();
    this.#connection.close();
    this.#homeUsage.close();
    this.viewed?.usage.close();
    for (const file of this.files.all) file.document?.saver.close(false);
  }

  /** The session is over: what is unsaved stays in the browser. */
  leave(): void {
    this.files.journalAll();
    this.exits.sessionEnded();
  }

  /** Loads the page again, for the server's version of it. */
  async reload(): Promise<void> {
    await this.files.saveAll();
    this.update.reload();
  }

  /** Somebody typed or pointed. */
  touched(): void {
    this.#lastTouch = performance.now();
  }

  /** The page goes away, to be loaded again perhaps: what is unsaved stays, and where the cursors were. */
  pageGoes(): void {
    this.files.journalAll();
    if (!this.#isStarted) return;
    const spots = this.files.all.flatMap((file) => file.spot ?? []);
    rememberSpots(this.session.user.username, spots, this.lower);
  }

  /** Keeps the address and the tabs for the next load. */
  rememberPlace(): void {
    if (!this.#isStarted) return;
    const { active, all } = this.files;
    const open = all.map(({ tree, path }) => ({ tree, path }));
    rememberTabs(this.session.user.username, {
      open,
      active: Math.max(0, active === null ? 0 : all.indexOf(active)),
    });
    const place = active ?? { tree: this.mainTree.id, path: '' };
    const address = writeAddress(place);
    if (location.hash !== address) history.replaceState(null, '', address);
  }

  /** Opens a file in front and shows it in the tree. The focus stays where it is. */
  async show(tree: string, path: string): Promise<void> {
    await this.files.open(tree, path);
    await this.treeOf(tree)?.reveal(path);
  }

  /** Opens a file in front, shows it in the tree, and moves the focus to its text. */
  async open(tree: string, path: string, line?: number): Promise<void> {
    const file = await this.files.open(tree, path);
    if (line !== undefined) file.document?.goToLine(line);
    if (file.document !== null) this.wantsFocus = 'editor';
    await this.treeOf(tree)?.reveal(path);
  }

  /** Closes a tab: saves first, and asks when that fails. */
  async close(file: OpenFile): Promise<void> {
    // What is typed while it is saved is saved as well.
    while (file.isDirty) {
      const isSaved = (await this.files.saveAll([file])) === null;
      if (isSaved && file.document?.saver.hasVanished !== true) continue;
      this.files.activate(file);
      this.dialog = { kind: 'discard', file };
      return;
    }
    this.files.close(file, true);
  }

  showConsole(): void {
    this.lower = 'console';
    this.wantsFocus = 'console';
  }

  showPlots(): void {
    this.lower = 'plots';
    this.wantsFocus = 'plots';
  }

  /** Opens what a traceback names. */
  async openPlace(printed: string, line: number): Promise<void> {
    const runPath = this.runs.program?.path ?? this.launcher.lastPath ?? '';
    for (const path of candidates(printed, runPath)) {
      const entry = await this.home.entry(path);
      if (entry?.kind !== 'file') continue;
      await this.open(this.home.id, path, line);
      return;
    }
    this.toasts.show(text.console.noSuchFile(printed));
  }

  /** A professor opens a student's files, for reading. */
  async view(user: UserView, className: string): Promise<void> {
    const tree = new Tree(`home:${user.username}`);
    const usage = new Usage(tree.id);
    this.#closeViewed();
    this.viewed = { user, className, tree, usage };
    usage.look();
    await tree.refresh();
  }

  viewOwn(): void {
    this.#closeViewed();
    this.viewed = null;
  }

  /** Looks for what programs or other windows have changed. */
  async refresh(): Promise<void> {
    await Promise.all([...this.trees.map((tree) => tree.refresh()), this.files.refreshAll()]);
  }

  /** Something came into a tree or went: there may be room now for what there was none before. */
  roomChanged(tree: Tree): void {
    this.#usageOf(tree)?.look();
    this.files.retryAll();
  }

  /** The browser says that the network is there, or gone. */
  network(isThere: boolean): void {
    if (isThere) {
      this.#connection.open();
      this.files.retryAll();
    } else {
      this.#connection.lose();
    }
  }

  #usageOf(tree: Tree): Usage | null {
    if (tree === this.home) return this.#homeUsage;
    return tree === this.viewed?.tree ? this.viewed.usage : null;
  }

  #closeViewed(): void {
    const { viewed } = this;
    if (viewed === null) return;
    viewed.usage.close();
    for (const file of this.files.within(viewed.tree.id, '')) this.files.close(file, true);
  }

  #standingIs(standing: Standing): void {
    const wasAway = this.standing !== 'open';
    this.standing = standing;
    if (standing === 'open') {
      for (const heard of this.#waiters.splice(0)) heard();
      if (wasAway) this.files.retryAll();
    } else {
      this.runs.disconnected();
    }
  }

  /** Waits until the connection is open, for a limited time. */
  #settled(): Promise<void> {
    if (this.#connection.isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      later(patience, resolve);
    });
  }

  /** Whether a reload would take nothing away. */
  #isAtRest(): boolean {
    return (
      this.#isStarted &&
      (this.standing === 'open' || this.update.need === 'needed') &&
      this.dialog === null &&
      this.menu === null &&
      !this.runs.isStarting &&
      !this.runs.hasUnsent &&
      changesUnderWay() === 0 &&
      this.files.all.every((file) => !file.isDirty)
    );
  }

  #restoreSpots(): void {
    const { spots, keyboard, lower } = recallSpots(this.session.user.username);
    for (const { tree, path, anchor, head } of spots) {
      this.files.find(tree, path)?.document?.select(anchor, head);
    }
    this.lower = lower;
    if (keyboard === 'console') this.wantsFocus = 'console';
  }

  #programChanged(run: RunView | null): void {
    if (run === null) return;
    this.launcher.lastPath ??= run.path;
    if (run.state === 'queued') this.announcement = waiting(run);
  }

  #reached(mark: Mark, run: RunView): void {
    if (mark.type === 'plot') this.figures.add(run, mark);
    if (mark.type === 'script_ended') this.figures.scriptEnded();
    const said = this.#aloud.at(mark, run, this.figures.list.length);
    if (said !== null) this.announcement = said;
    // What the program has written.
    if (mark.type === 'script_ended' || mark.type === 'prompt_ended') {
      void this.refresh();
      this.#homeUsage.look();
    }
  }

  async #openRememberedFiles(): Promise<void> {
    const left = await this.#shelf.open();
    const { open, active } = recallTabs(this.session.user.username);
    const address = readAddress(location.hash);
    if (address !== null) await this.#followTree(address.tree);
    const wanted = [...open, ...left].filter((file) => this.treeOf(file.tree) !== null);
    const front = address !== null && address.path !== '' ? address : (open[active] ?? wanted[0]);
    await Promise.all([
      ...wanted.map((file) => this.files.open(file.tree, file.path, isSame(file, front))),
    ]);
    if (front !== undefined && this.treeOf(front.tree) !== null) {
      await this.open(front.tree, front.path);
    }
    // What was deleted since is not worth a tab.
    for (const file of this.files.all) {
      const { content } = file;
      if (content.kind === 'refused' && content.why.code === 'not_found')
        this.files.close(file, false);
    }
  }

  /** A link to another person's files: a professor gets there, and the server decides. */
  async #followTree(tree: string): Promise<void> {
    if (this.treeOf(tree) !== null || !this.isProfessor) return;
    const { user, className } = await findStudent(this.session, tree.slice('home:'.length));
    await this.view(user, className);
  }
}

/** Returns the place of a program that waits for one; `''` when it does not. */
function waiting(run: RunView | null): string {
  return run?.state === 'queued'
    ? text.console.queued(run.position ?? 1, run.waits_for_memory)
    : '';
}

function isSame(a: FileRef, b: FileRef | undefined): boolean {
  return a.tree === b?.tree && a.path === b.path;
}

/** For so long a wish to run waits for a connection that is away. */
const patience = 2000;

/** Builds of the front end that this tab has been, or was loaded again for. */
const formerBuilds = 'pythonide.builds';

function later(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

async function isSignedIn(): Promise<boolean | null> {
  try {
    await getSession();
    return true;
  } catch (error) {
    return error instanceof Refusal && error.code === 'signed_out' ? false : null;
  }
}

const key = Symbol('workspace');

export function provideWorkspace(workspace: Workspace): void {
  setContext(key, workspace);
}

export function useWorkspace(): Workspace {
  return getContext<Workspace>(key);
}
