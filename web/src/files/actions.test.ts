import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { getPlot } from '../api/plots';
import { Refusal } from '../api/request';
import * as trees from '../api/trees';
import type { Workspace } from '../app/workspace.svelte';
import { NotSaved } from '../editor/not-saved';
import type { OpenFile } from '../editor/open-files.svelte';
import type { SaveState } from '../editor/saver';
import type { Figure } from '../plots/figure';
import { text } from '../text';
import { whyFailed } from '../text/problem';
import { FileActions } from './actions';
import type { Tree } from './tree.svelte';

vi.mock('../api/plots');
vi.mock('../api/trees');

interface TestFile {
  content: { kind: string };
  path: string;
  name: string;
  isDirty: boolean;
  hasNews: boolean;
  document: { saveState: SaveState };
}

let file: TestFile;
let canSave: boolean;
let closed: string[];
let told: string[];
let names: string[];
let revealed: string[];
let actions: FileActions;
let way: { label: string; run: () => void } | null;

const tree = {
  id: 'home:ana',
  load: () => Promise.resolve(),
  refresh: () => Promise.resolve(),
  removed: () => undefined,
  reveal: (path: string) => Promise.resolve(revealed.push(path)),
  entriesOf: () => names.map((name) => ({ name })),
} as unknown as Tree;

beforeEach(() => {
  file = {
    content: { kind: 'text' },
    path: 'a.py',
    name: 'a.py',
    isDirty: false,
    hasNews: false,
    document: { saveState: saved },
  };
  [canSave, closed, told, names, revealed] = [true, [], [], [], []];
  way = null;
  vi.mocked(trees.deleteEntry).mockResolvedValue({ trash_id: 't1' });
  actions = new FileActions({
    home: tree,
    roomChanged: () => undefined,
    open: () => Promise.resolve(),
    files: {
      load: () => Promise.resolve(),
      within: () => [file],
      saveAll: () => Promise.resolve(canSave ? null : file),
      activate: () => undefined,
      close: (one: OpenFile, forget: boolean) => closed.push(`${one.path} ${forget}`),
    },
    toasts: {
      show: (sentence: string, action: typeof way = null) => {
        told.push(sentence);
        way = action;
      },
      fail: (sentence: string) => told.push(sentence),
    },
  } as unknown as Workspace);
});

afterEach(() => vi.resetAllMocks());

const saved: SaveState = { kind: 'saved', at: null };

function cannotSave(state: SaveState): void {
  [canSave, file.isDirty, file.document] = [false, true, { saveState: state }];
}

test('what is deleted is closed', async () => {
  await actions.delete(tree, 'a.py');
  expect(closed).toEqual(['a.py true']);
  expect(told).toEqual(['Deleted a.py']);
});

test('what comes back from the trash is shown in the tree, and where it is is said', async () => {
  const item = { trash_id: 't1', path: 'w/a.py', kind: 'file', size: 1, deleted_at: '' } as const;
  vi.mocked(trees.restoreEntry).mockResolvedValue({ path: 'w/a.py' });
  await actions.restore(tree, item);
  expect(told).toEqual(['a.py is back in w']);
  expect(way?.label).toBe('Open');
  expect(revealed).toEqual(['w/a.py']);
  vi.mocked(trees.restoreEntry).mockResolvedValue({ path: 'w/a (2).py' });
  await actions.restore(tree, item);
  expect(told[1]).toBe('a.py is back in w, as a (2).py: its old name is taken');
  vi.mocked(trees.restoreEntry).mockResolvedValue({ path: 'w' });
  await actions.restore(tree, { ...item, path: 'w', kind: 'folder' });
  expect(told[2]).toBe('w is back in the top folder');
  expect(way).toBeNull();
});

test('a text that could not be saved is not deleted, and its draft stays', async () => {
  cannotSave({ kind: 'failed', why: new Refusal('disk_full', 507, null, null) });
  await actions.delete(tree, 'a.py');
  expect(trees.deleteEntry).not.toHaveBeenCalled();
  expect(closed).toEqual([]);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(
    /^a\.py could not be deleted: a\.py could not be saved\. .*no space left/,
  );
});

test('what is typed while a file is being deleted stays open', async () => {
  vi.mocked(trees.deleteEntry).mockImplementation(() => {
    file.hasNews = true;
    return Promise.resolve({ trash_id: 't1' });
  });
  await actions.delete(tree, 'a.py');
  expect(closed).toEqual([]);
});

test('a rename without a network says so, and not that somebody changed the file', async () => {
  cannotSave({ kind: 'offline' });
  const error: unknown = await actions.move(tree, 'a.py', 'b.py').catch((one: unknown) => one);
  expect(error).toBeInstanceOf(NotSaved);
  expect(whyFailed(error)).toContain('The server cannot be reached.');
  expect(trees.moveEntry).not.toHaveBeenCalled();
});

test('the folders above a file are made again, as far as they are gone', async () => {
  const exists = new Refusal('already_exists', 409, null, null);
  vi.mocked(trees.makeFolder).mockRejectedValueOnce(exists);
  await actions.makeParents(tree, 'w/x/a.py');
  await actions.makeParents(tree, 'a.py');
  expect(vi.mocked(trees.makeFolder).mock.calls).toEqual([
    ['home:ana', 'w'],
    ['home:ana', 'w/x'],
  ]);
});

test('a text goes beside another under the next free name', async () => {
  names = ['a.py', 'a (theirs).py'];
  const exists = new Refusal('already_exists', 409, null, null);
  // Somebody takes the second one in the meantime.
  vi.mocked(trees.saveText).mockRejectedValueOnce(exists);
  expect(await actions.saveBeside(tree, 'w/a.py', 'x', 'theirs')).toBe('a (theirs 3).py');
  expect(vi.mocked(trees.saveText).mock.calls).toEqual([
    ['home:ana', 'w/a (theirs 2).py', 'x', null],
    ['home:ana', 'w/a (theirs 3).py', 'x', null],
  ]);
});

test('a text that cannot go beside another says why', async () => {
  const full = new Refusal('disk_full', 507, null, null);
  vi.mocked(trees.saveText).mockRejectedValue(full);
  await expect(actions.saveBeside(tree, 'a.py', 'x', 'theirs')).rejects.toBe(full);
});

const figure: Figure = { run: 'r1', path: 'w/plot.py', plot: 0, mediaType: 'image/svg+xml' };

test('a figure is saved beside its program under the first free name, and shown in the tree', async () => {
  names = ['plot.py', 'figure-1.svg'];
  const picture = new Blob(['<svg/>']);
  vi.mocked(getPlot).mockResolvedValue(picture);
  const exists = new Refusal('already_exists', 409, null, null);
  vi.mocked(trees.makeFolder).mockRejectedValue(exists);
  // Somebody takes the second name in the meantime.
  vi.mocked(trees.putContent).mockRejectedValueOnce(exists);
  await actions.saveFigure(figure);
  expect(vi.mocked(getPlot).mock.calls).toEqual([['home:ana', 'r1', 0]]);
  expect(vi.mocked(trees.putContent).mock.calls).toEqual([
    ['home:ana', 'w/figure-1-2.svg', picture, false],
    ['home:ana', 'w/figure-1-3.svg', picture, false],
  ]);
  expect(revealed).toEqual(['w/figure-1-3.svg']);
  expect(told).toEqual(['Saved as figure-1-3.svg']);
});

test('a figure that is no longer kept is not saved, and says what to do', async () => {
  vi.mocked(getPlot).mockRejectedValue(new Refusal('not_found', 404, null, null));
  await actions.saveFigure(figure);
  expect(trees.putContent).not.toHaveBeenCalled();
  expect(told).toEqual([`figure-1.svg could not be saved: ${text.plots.gone}`]);
});

test('a figure for which there is no room says so', async () => {
  vi.mocked(getPlot).mockResolvedValue(new Blob());
  vi.mocked(trees.putContent).mockRejectedValue(new Refusal('disk_full', 507, null, null));
  await actions.saveFigure({ ...figure, path: 'plot.py' });
  expect(told[0]).toMatch(/^figure-1\.svg could not be saved: .*no space left/);
});
