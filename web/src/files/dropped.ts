// Reads dropped files, and dropped folders with all that they contain.
import { join } from './paths';

/** Most files and folders that one drop may bring. */
export const maxDropped = 2000;

export interface Dropped {
  /** Paths relative to the target; a folder comes before its content. */
  folders: string[];
  files: { path: string; file: File }[];
}

/** The browser could not read a file or folder: it was moved, deleted or is not readable. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';

  constructor(
    readonly path: string,
    options: ErrorOptions,
  ) {
    super(path, options);
  }
}

/** Returns the dropped entries. Call it within the drop event: later the transfer is empty. */
export function takeDropped(transfer: DataTransfer): (FileSystemEntry | File)[] {
  return [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => item.webkitGetAsEntry() ?? item.getAsFile())
    .filter((entry) => entry !== null);
}

/** Returns all files and folders of a drop, or `null` when there are more than `max`. */
export async function readDropped(
  entries: readonly (FileSystemEntry | File)[],
  max = maxDropped,
): Promise<Dropped | null> {
  const dropped: Dropped = { folders: [], files: [] };
  const waiting = entries.map((entry) => ({ entry, folder: '' }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { entry, folder } = next;
    const path = join(folder, entry.name);
    if (entry instanceof File) dropped.files.push({ path, file: entry });
    else if (isFile(entry)) dropped.files.push({ path, file: await fileOf(entry, path) });
    else if (isFolder(entry)) {
      dropped.folders.push(path);
      const children = await childrenOf(entry, path, max);
      waiting.push(...children.map((child) => ({ entry: child, folder: path })));
    }
    if (dropped.files.length + dropped.folders.length + waiting.length > max) return null;
  }
  return dropped;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function fileOf(entry: FileSystemFileEntry, path: string): Promise<File> {
  return new Promise((resolve, reject) =>
    entry.file(resolve, (cause) => reject(new Unreadable(path, { cause }))),
  );
}

/** Stops soon after `max` children. */
async function childrenOf(
  folder: FileSystemDirectoryEntry,
  path: string,
  max: number,
): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const children: FileSystemEntry[] = [];
  // The reader returns some at a time; none means the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, (cause) => reject(new Unreadable(path, { cause }))),
    );
    children.push(...some);
    if (some.length === 0 || children.length > max) return children;
  }
}
