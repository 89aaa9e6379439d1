// What was before: the sentences of histories, of the trash, and of the room that files take.

export const past = {
  history: {
    open: 'History…',
    title: (name: string) => `History of ${name}`,
    button: 'History',
    buttonTitle: (name: string) => `Earlier versions of ${name}`,
    list: 'Versions, the newest first',
    origins: {
      saved: 'saved',
      found: 'written by a program or an upload',
      restored: 'restored',
    },
    now: 'now',
    empty: 'No earlier versions yet. Each save leaves one.',
    loadFailed: 'The history could not be loaded.',
    thenTitle: (when: string) => `Then · ${when}`,
    nowTitle: 'Now',
    then: (path: string) => `${path} then`,
    current: (path: string) => `${path} now`,
    both: (path: string) => `${path}: what changed since then`,
    onlyThen: 'only then',
    onlyNow: 'only now',
    // The sign stands for their number.
    unchanged: '$ lines that are the same',
    whole: 'Show all lines',
    isNow: 'This is what the file is now.',
    lineEnds: 'Its words are those of now; only the ends of lines differ.',
    nowOther: 'What the file is now is no text the editor opens, so the two are not compared.',
    nowGone: 'The file is not there now. Restoring makes it again.',
    nothingYet: 'Empty: there is nothing in this version.',
    notText: 'This version is not text, so it cannot be shown here.',
    tooLarge: 'This version is too large to be shown here.',
    stillRestorable: 'It can be restored.',
    damaged:
      'This version is damaged on the disk and cannot be had. The file and its other versions are untouched.',
    gone: 'This version is no longer kept.',
    reload: 'Reload the list',
    restore: 'Restore this version',
    kept: 'What the file is now stays in this list.',
    conflict:
      'Nothing was restored: the file was changed somewhere else meanwhile. This is what it is now.',
    unnamed:
      'What the file is now is no text, so it cannot be replaced here. Give it another name or delete it, then restore this version.',
    failed: (why: string) => `Nothing was restored. ${why}`,
    restored: (name: string, when: string) => `Restored ${name} as of ${when}`,
    undone: (name: string) => `${name} is again what it was before`,
    notUndone: (name: string) => `${name} is not undone`,
    changedSince: (name: string) =>
      `Not undone: ${name} was changed since. Its history has every version.`,
  },

  trash: {
    open: 'Trash…',
    title: 'Trash',
    titleOf: (name: string) => `Trash · ${name}`,
    empty: 'The trash is empty. What you delete waits here.',
    emptyOf: 'The trash is empty.',
    kept: (days: number) =>
      days === 1
        ? 'Kept for 1 day, then gone for good.'
        : `Kept for ${days} days, then gone for good.`,
    truncated: 'Only the last 1,000 are shown.',
    loadFailed: 'The trash could not be loaded.',
    list: 'What was deleted, the last first',
    from: (folder: string) => `was in ${folder}`,
    deleted: (when: string) => `deleted ${when}`,
    restore: 'Restore',
    restoreOf: (name: string) => `Restore ${name}`,
    failed: (name: string, why: string) => `${name} was not brought back. ${why}`,
    restored: {
      same: (name: string, folder: string) => `${name} is back in ${folder}`,
      renamed: (name: string, folder: string, now: string) =>
        `${name} is back in ${folder}, as ${now}: its old name is taken`,
    },
  },

  usage: {
    label: 'Room for files',
    bytes: (used: string, most: string) => `${used} of ${most} used`,
    files: (used: string, most: string) => `${used} of ${most} files and folders`,
    almost: (used: string) => `Almost full: ${used}`,
    full: (used: string) => `Full: ${used}`,
    advice: 'Deleting what you no longer need makes room at once.',
  },
};
