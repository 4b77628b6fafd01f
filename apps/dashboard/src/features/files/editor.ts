import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, drawSelection, highlightSpecialChars, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { languageOf } from './editor-language.ts';

const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--code-keyword)' },
  {
    tag: [tags.string, tags.special(tags.string), tags.attributeValue],
    color: 'var(--code-string)',
  },
  { tag: [tags.number, tags.bool, tags.atom, tags.null], color: 'var(--code-number)' },
  { tag: [tags.comment, tags.meta], color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: [tags.tagName, tags.typeName, tags.className], color: 'var(--code-type)' },
  {
    tag: [tags.propertyName, tags.attributeName, tags.definition(tags.variableName)],
    color: 'var(--code-name)',
  },
]);

const look = EditorView.theme({
  '&': {
    height: '100%',
    backgroundColor: 'transparent',
    color: 'var(--ui-text)',
    fontSize: '13px',
  },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.6' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--ui-text-muted)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 12px 0 16px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-deletedChunk': { backgroundColor: 'color-mix(in oklab, var(--ui-error) 10%, transparent)' },
  '&.cm-merge-b .cm-changedLine': {
    backgroundColor: 'color-mix(in oklab, var(--ui-success) 10%, transparent)',
  },
  '&.cm-merge-b .cm-changedText': {
    background: 'color-mix(in oklab, var(--ui-success) 22%, transparent)',
  },
  '.cm-deletedChunk .cm-deletedText': {
    background: 'color-mix(in oklab, var(--ui-error) 18%, transparent)',
  },
  '.cm-collapsedLines': {
    background: 'var(--ui-bg-elevated)',
    color: 'var(--ui-text-muted)',
    paddingBlock: '4px',
    textShadow: 'none',
  },
});

function reading(path: string, label: string): Extension[] {
  return [
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.contentAttributes.of({
      'aria-label': label,
      tabindex: '0',
      role: 'textbox',
      'aria-readonly': 'true',
      'aria-multiline': 'true',
    }),
    lineNumbers(),
    drawSelection(),
    highlightSpecialChars(),
    syntaxHighlighting(colors),
    languageOf(path),
    look,
  ];
}

/** showText puts a read-only view of a file into the element. */
export function showText(parent: HTMLElement, file: { path: string; text: string }): EditorView {
  return new EditorView({
    parent,
    doc: file.text,
    extensions: reading(file.path, `Contents of ${file.path}`),
  });
}

/** showDiff puts what changed into the element: removed lines above added ones, unchanged parts folded. */
export function showDiff(
  parent: HTMLElement,
  file: { path: string; before: string; after: string },
): EditorView {
  return new EditorView({
    parent,
    doc: file.after,
    extensions: [
      ...reading(file.path, `Changes of ${file.path}`),
      unifiedMergeView({
        original: file.before,
        mergeControls: false,
        collapseUnchanged: { margin: 3, minSize: 6 },
      }),
    ],
  });
}
