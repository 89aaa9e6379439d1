// Everything that can be done from the keyboard or the palette: its words, its key, its deed.
import { openSearchPanel } from '@codemirror/search';
import type { Workspace } from '../app/workspace.svelte';
import { bounds, layout } from '../layout/layout.svelte';
import { focusPanel } from '../layout/panels';
import { text } from '../text';
import { theme } from '../theme/theme.svelte';
import type { CommandId } from './keys';

export interface Command {
  id: CommandId;
  label: string;
  /** As on a PC; `written` turns it into a Mac's. */
  key?: string;
}

/** Returns the commands that make sense now, in the order of the palette. */
export function listCommands(workspace: Workspace): Command[] {
  const words = text.commands;
  const all: (Command | false)[] = [
    { id: 'run', label: words.run, key: 'F5' },
    workspace.runs.takesInput && { id: 'stop', label: words.stop, key: 'Shift-F5' },
    { id: 'save', label: words.save, key: 'Ctrl-S' },
    { id: 'goToFile', label: words.goToFile, key: 'Ctrl-P' },
    { id: 'newFile', label: words.newFile },
    { id: 'newFolder', label: words.newFolder },
    { id: 'upload', label: words.upload },
    { id: 'find', label: words.find, key: 'Ctrl-F' },
    fileWithHistory(workspace) !== null && { id: 'history', label: words.history },
    { id: 'closeTab', label: words.closeTab, key: 'Alt-W' },
    { id: 'nextTab', label: words.nextTab, key: 'Alt-→' },
    { id: 'previousTab', label: words.previousTab, key: 'Alt-←' },
    { id: 'nextPanel', label: words.nextPanel, key: 'F6' },
    { id: 'previousPanel', label: words.previousPanel, key: 'Shift-F6' },
    errorLine(workspace) !== null && { id: 'goToError', label: words.goToError },
    { id: 'plots', label: words.plots },
    { id: 'clear', label: words.clear },
    { id: 'refresh', label: words.refresh },
    { id: 'trash', label: words.trash },
    { id: 'reader', label: words.reader },
    { id: 'larger', label: words.larger },
    { id: 'smaller', label: words.smaller },
    { id: 'themeLight', label: words.themeLight },
    { id: 'themeDark', label: words.themeDark },
    { id: 'themeSystem', label: words.themeSystem },
    workspace.isProfessor && { id: 'students', label: words.students },
    workspace.isProfessor && { id: 'classSettings', label: words.classSettings },
    workspace.viewed !== null && { id: 'ownFiles', label: words.ownFiles },
    { id: 'help', label: words.help, key: 'F1' },
    { id: 'sessions', label: words.sessions },
    { id: 'password', label: words.password },
    { id: 'signOut', label: words.signOut },
  ];
  return all.filter((command) => command !== false);
}

/** What a command needs beyond the workspace. */
export interface Hands {
  clearConsole(): void;
  pickUploads(): void;
}

export function runCommand(workspace: Workspace, hands: Hands, id: CommandId): void {
  const { files } = workspace;
  const deeds: Record<CommandId, () => void> = {
    run: () => void workspace.launcher.run(),
    stop: () => workspace.runs.stop(),
    save: () => void files.active?.document?.saver.save(),
    goToFile: () => (workspace.dialog = { kind: 'palette', mode: 'files' }),
    palette: () => (workspace.dialog = { kind: 'palette', mode: 'commands' }),
    find: () => find(workspace),
    nextTab: () => files.step(1),
    previousTab: () => files.step(-1),
    closeTab: () => {
      if (files.active !== null) void workspace.close(files.active);
    },
    nextPanel: () => focusPanel(1),
    previousPanel: () => focusPanel(-1),
    help: () => (workspace.dialog = { kind: 'help' }),
    newFile: () => make(workspace, 'file'),
    newFolder: () => make(workspace, 'folder'),
    upload: () => hands.pickUploads(),
    refresh: () => void workspace.refresh(),
    history: () => openHistory(workspace),
    trash: () => (workspace.dialog = { kind: 'trash', tree: workspace.mainTree }),
    plots: () => workspace.showPlots(),
    clear: () => hands.clearConsole(),
    reader: () => {
      layout.setReader(!layout.reader);
      workspace.toasts.show(layout.reader ? text.console.readerOn : text.console.readerOff);
    },
    goToError: () => goToError(workspace),
    themeLight: () => theme.choose('light'),
    themeDark: () => theme.choose('dark'),
    themeSystem: () => theme.choose('system'),
    larger: () => layout.set('text', layout.get('text') + 1),
    smaller: () => layout.set('text', Math.max(bounds.text.least, layout.get('text') - 1)),
    students: () => {
      if (workspace.isProfessor) workspace.dialog = { kind: 'students' };
    },
    classSettings: () => {
      if (workspace.isProfessor) workspace.dialog = { kind: 'class' };
    },
    ownFiles: () => workspace.viewOwn(),
    sessions: () => (workspace.dialog = { kind: 'sessions' }),
    password: () => (workspace.dialog = { kind: 'password' }),
    signOut: () => workspace.exits.signOut(),
  };
  deeds[id]();
}

/** Opens the line on which the last run ended with an error. */
export function goToError(workspace: Workspace): void {
  const last = workspace.runs.lastEnd;
  const line = errorLine(workspace);
  if (last !== null && line !== null) void workspace.open(workspace.home.id, last.path, line);
}

/** Shows the history of the file in front. */
export function openHistory(workspace: Workspace): void {
  const file = fileWithHistory(workspace);
  if (file !== null) workspace.dialog = { kind: 'history', ...file };
}

/** Returns the file in front, if one may look into its history. */
export function fileWithHistory(
  workspace: Workspace,
): { tree: Workspace['home']; path: string } | null {
  const { active } = workspace.files;
  const tree = active === null ? null : workspace.treeOf(active.tree);
  if (active === null || tree === null || !workspace.mayRestore(tree)) return null;
  return { tree, path: active.path };
}

function errorLine(workspace: Workspace): number | null {
  return workspace.runs.lastEnd?.end.line ?? null;
}

function find(workspace: Workspace): void {
  const view = workspace.files.active?.document?.view;
  if (view) openSearchPanel(view);
}

function make(workspace: Workspace, what: 'file' | 'folder'): void {
  const tree = workspace.mainTree.isWritable ? workspace.mainTree : workspace.home;
  workspace.dialog = { kind: 'make', what, tree, folder: folderForNew(tree) };
}

/** Returns the folder in which the person seems to be: that of the current row. */
export function folderForNew(tree: Workspace['home']): string {
  const row = tree.rows.find((one) => one.path === tree.current);
  if (row === undefined) return '';
  if (row.isFolder && row.isExpanded) return row.path;
  const at = row.path.lastIndexOf('/');
  return at < 0 ? '' : row.path.slice(0, at);
}
