// The colours of code, from the tokens of the theme, so that a theme switch needs no rebuild.
import { HighlightStyle } from '@codemirror/language';
import { tags } from '@lezer/highlight';

const keyword = 'var(--code-keyword)';

export const codeColours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.self], color: keyword },
  { tag: [tags.bool, tags.null, tags.number], color: 'var(--code-number)' },
  { tag: [tags.string, tags.special(tags.string), tags.docString], color: 'var(--code-string)' },
  { tag: tags.escape, color: 'var(--code-number)' },
  {
    tag: [
      tags.function(tags.variableName),
      tags.function(tags.definition(tags.variableName)),
      tags.function(tags.propertyName),
    ],
    color: 'var(--code-function)',
  },
  { tag: [tags.className, tags.definition(tags.className)], color: 'var(--code-class)' },
  { tag: [tags.meta, tags.annotation], color: 'var(--code-class)' },
  { tag: tags.comment, color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: tags.invalid, color: 'var(--error)' },
]);
