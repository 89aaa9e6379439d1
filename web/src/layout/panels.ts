// F6: from panel to panel. A panel is marked with `data-panel`; the first thing in it that can
// take the focus gets it. What is hidden behind a tab is passed over.

import { layout } from './layout.svelte';

const order = ['files', 'editor', 'console', 'plots'] as const;

export type Panel = (typeof order)[number];

/** Moves the focus to the next panel, or the previous one, around the end. */
export function focusPanel(by: 1 | -1): void {
  const here = document.activeElement?.closest<HTMLElement>('[data-panel]')?.dataset.panel;
  const at = order.findIndex((panel) => panel === here);
  const start = at < 0 ? (by === 1 ? -1 : 0) : at;
  for (let step = 1; step <= order.length; step += 1) {
    const panel = order[(start + by * step + order.length * 2) % order.length];
    if (panel !== undefined && focusIn(panel)) return;
  }
}

/** Scrolls the page so that a panel is visible, where the panes are stacked. */
export function bringIntoView(panel: Panel): void {
  if (layout.isStacked) find(panel)?.scrollIntoView({ block: 'nearest' });
}

export function focusIn(panel: Panel): boolean {
  const root = find(panel);
  const target =
    root?.querySelector<HTMLElement>(
      '.cm-content, .xterm-helper-textarea, [role="treeitem"][tabindex="0"]',
    ) ??
    root?.querySelector<HTMLElement>('button, [tabindex="0"]') ??
    (root?.tabIndex === 0 ? root : null);
  target?.focus();
  if (target !== null) bringIntoView(panel);
  return target !== null;
}

function find(panel: Panel): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-panel="${panel}"]:not([inert])`);
}
