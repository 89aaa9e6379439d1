// What a file is for, by its name: how it opens and which icon it wears.
import { extensionOf } from './paths';

export type FileKind = 'python' | 'table' | 'image' | 'text';

const images: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  svg: 'image/svg+xml',
  webp: 'image/webp',
};

export function kindOf(path: string): FileKind {
  const extension = extensionOf(path);
  if (extension === 'py' || extension === 'pyw') return 'python';
  if (extension === 'csv' || extension === 'tsv') return 'table';
  return extension in images ? 'image' : 'text';
}

/** Returns the media type of an image, by its name. */
export function imageType(path: string): string {
  return images[extensionOf(path)] ?? 'application/octet-stream';
}
