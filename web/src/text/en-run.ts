// The sentences about which file Run means, in English; a part of `en.ts`.
export const run = {
  front: (name: string) => `Run ${name}`,
  again: (name: string) => `Run ${name} again. No file is open.`,
  copy: (name: string) => `Run a copy of ${name}`,
  notPython: (name: string) => `${name} isn’t a Python program: its name doesn’t end in .py.`,
  none: 'Open a Python file (.py) to run it.',
  renameTo: (name: string) => `Rename to ${name}`,
  copyDialog: {
    title: (name: string) => `Run a copy of ${name}?`,
    shared: 'This is a shared file, and programs run only from your own files.',
    theirs: (person: string) =>
      `This file belongs to ${person}, and your programs run only from your own files.`,
    alone: 'Only this file is copied. Files that it imports or reads are not.',
    copyAndRun: 'Copy to my files and run',
  },
};
