// Finds the places in a program's output that name a line of a file.

export interface Place {
  /** As printed, relative or absolute. */
  printed: string;
  line: number;
  /** Where the text to click begins and ends in the line of output. */
  start: number;
  end: number;
}

const pattern = /File "([^"\n]+)", line (\d+)/g;

/** Returns the places a line of output names, without those in Python's own library. */
export function findPlaces(output: string): Place[] {
  return [...output.matchAll(pattern)].flatMap((match) => {
    const [whole, printed = '', line = ''] = match;
    if (isForeign(printed)) return [];
    const start = match.index;
    return [{ printed, line: Number(line), start, end: start + whole.length }];
  });
}

/**
 * Returns the paths within the home that a printed path may mean, the likeliest first: the
 * program's folder in the sandbox has another prefix than the tree the browser knows.
 */
export function candidates(printed: string, runPath: string): string[] {
  const parts = printed.split('/').filter((part) => part !== '' && part !== '.');
  const found: string[] = [];
  const folder = runPath.includes('/') ? runPath.slice(0, runPath.lastIndexOf('/')) : '';
  if (!printed.startsWith('/')) {
    if (folder !== '') found.push(`${folder}/${parts.join('/')}`);
    found.push(parts.join('/'));
  } else {
    if (`/${parts.join('/')}`.endsWith(`/${runPath}`)) found.push(runPath);
    for (let from = 1; from < parts.length; from += 1) found.push(parts.slice(from).join('/'));
  }
  return [...new Set(found)].filter((path) => path !== '' && !path.split('/').includes('..'));
}

function isForeign(printed: string): boolean {
  return (
    printed.startsWith('<') ||
    /^\/(?:usr|opt|nix|lib)\//.test(printed) ||
    /\/(?:site|dist)-packages\//.test(printed) ||
    /\/lib\/python3(?:\.\d+)?\//.test(printed)
  );
}
