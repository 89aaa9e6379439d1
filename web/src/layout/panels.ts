// F6: from panel to panel. A panel is marked with `data-panel`; the first thing in it that can
// take the focus gets it. What is hidden behind a tab is passed over.

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

export function focusIn(panel: Panel): boolean {
  const root = document.querySelector<HTMLElement>(`[data-panel="${panel}"]:not([inert])`);
  const target =
    root?.querySelector<HTMLElement>(
      '.cm-content, .xterm-helper-textarea, [role="treeitem"][tabindex="0"]',
    ) ??
    root?.querySelector<HTMLElement>('button, [tabindex="0"]') ??
    (root?.tabIndex === 0 ? root : null);
  target?.focus();
  return target !== null;
}
