// What CodeMirror is made of here: chosen parts, our indentation, our look, our words.
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { globalCompletion, localCompletionSource, python } from '@codemirror/lang-python';
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
} from '@codemirror/view';
import { kindOf } from '../files/kinds';
import { text } from '../text';
import { codeColours } from './highlight';

/** What every text has, whether it can be changed or not. */
export function extensionsFor(path: string, isWritable: boolean): Extension {
  const label = isWritable ? text.editor.label(path) : text.editor.labelReadOnly(path);
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    dropCursor(),
    indentUnit.of('    '),
    EditorState.tabSize.of(4),
    EditorState.allowMultipleSelections.of(true),
    EditorState.readOnly.of(!isWritable),
    indentOnInput(),
    syntaxHighlighting(codeColours),
    bracketMatching(),
    rectangularSelection(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    search({ top: true }),
    kindOf(path) === 'python' ? pythonExtensions : EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...completionKeymap,
      indentWithTab,
    ]),
    look,
  ];
}

const pythonSupport = python();

const pythonExtensions: Extension = [
  pythonSupport.language,
  closeBrackets(),
  autocompletion({ icons: false }),
  pythonSupport.language.data.of({ autocomplete: localCompletionSource }),
  pythonSupport.language.data.of({ autocomplete: globalCompletion }),
];

export const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--fg)', backgroundColor: 'var(--bg-app)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    fontFamily: 'var(--font-code)',
    fontSize: 'var(--code-size)',
    lineHeight: 'calc(var(--code-size) * 1.571)',
    fontVariantLigatures: 'none',
  },
  '.cm-content': { padding: '10px 0', caretColor: 'var(--fg)' },
  '.cm-line': { padding: '0 16px 0 14px' },
  '.cm-gutters': {
    backgroundColor: 'var(--bg-app)',
    color: 'var(--fg-faint)',
    border: 'none',
    fontSize: '0.9em',
  },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '44px', padding: '0 4px 0 0' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--bg-raised) 55%, transparent)' },
  '.cm-activeLineGutter': {
    backgroundColor: 'color-mix(in srgb, var(--bg-raised) 55%, transparent)',
    color: 'var(--fg)',
  },
  '.cm-cursor': { borderLeftColor: 'var(--fg)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    { backgroundColor: 'var(--bg-selection)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--bg-match)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--bg-selected)',
    outline: '1px solid var(--line-strong)',
  },
  '.cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket': {
    backgroundColor: 'var(--error-bg)',
    outline: '1px solid var(--error)',
  },
  // Its own sign is in few fonts.
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '"…"' },
  '.cm-searchMatch': { backgroundColor: 'var(--warn-bg)', outline: '1px solid var(--warn)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--bg-selection)' },
  '.cm-panels': { backgroundColor: 'var(--bg-panel)', color: 'var(--fg)' },
  '.cm-panels-top': { borderBottom: '1px solid var(--line)' },
  '.cm-panel.cm-search': { padding: '8px 32px 8px 12px', fontFamily: 'var(--font-ui)' },
  '.cm-panel.cm-search label': { fontSize: 'var(--text-xs)', color: 'var(--fg-dim)' },
  '.cm-panel.cm-search [name=close]': {
    fontSize: '18px',
    right: '8px',
    top: '6px',
    color: 'var(--fg-dim)',
  },
  '.cm-textfield': {
    height: '28px',
    padding: '0 8px',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius-s)',
    backgroundColor: 'var(--bg-app)',
    color: 'var(--fg)',
    fontSize: 'var(--text-sm)',
  },
  '.cm-button': {
    height: '28px',
    backgroundImage: 'none',
    backgroundColor: 'var(--bg-app)',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius-s)',
    color: 'var(--fg)',
    fontSize: 'var(--text-sm)',
    textTransform: 'capitalize',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--bg-panel)',
    border: '1px solid var(--line)',
    borderRadius: 'var(--radius-s)',
    boxShadow: 'var(--shadow)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--font-code)',
    fontSize: 'var(--text-sm)',
    maxHeight: '14em',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px', color: 'var(--fg)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    background: 'var(--bg-selected)',
    color: 'var(--fg)',
  },
  '.cm-completionDetail': { color: 'var(--fg-dim)', fontStyle: 'normal', marginLeft: '1em' },
});
