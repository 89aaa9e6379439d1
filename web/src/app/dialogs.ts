// Which dialog is open, and what it is about.
import type { OpenFile } from '../editor/open-files.svelte';
import type { Tree } from '../files/tree.svelte';
import type { ReplaceAnswer } from '../files/uploads';
import type { Figure } from '../plots/figure';

export type DialogState =
  | { kind: 'make'; what: 'file' | 'folder'; tree: Tree; folder: string }
  | { kind: 'rename'; tree: Tree; path: string }
  | { kind: 'move'; tree: Tree; path: string }
  | { kind: 'history'; tree: Tree; path: string }
  | { kind: 'trash'; tree: Tree }
  | { kind: 'runCopy'; tree: Tree; path: string }
  | { kind: 'replace'; name: string; isOfMany: boolean; answer: (answer: ReplaceAnswer) => void }
  | { kind: 'discard'; file: OpenFile }
  | { kind: 'leave'; file: OpenFile }
  | { kind: 'conflict'; file: OpenFile }
  | { kind: 'palette'; mode: 'commands' | 'files' }
  | { kind: 'students' }
  | { kind: 'class' }
  | { kind: 'sessions' }
  | { kind: 'password' }
  | { kind: 'figure'; figure: Figure }
  | { kind: 'help' };

export interface MenuItem {
  label: string;
  key?: string;
  isDanger?: boolean;
  run: () => void;
}

export interface MenuState {
  label: string;
  x: number;
  y: number;
  items: MenuItem[];
}
