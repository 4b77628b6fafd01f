import { StreamLanguage, type StreamParser } from '@codemirror/language';
import { css } from '@codemirror/legacy-modes/mode/css';
import { dockerFile } from '@codemirror/legacy-modes/mode/dockerfile';
import { go } from '@codemirror/legacy-modes/mode/go';
import { javascript, json, typescript } from '@codemirror/legacy-modes/mode/javascript';
import { python } from '@codemirror/legacy-modes/mode/python';
import { shell } from '@codemirror/legacy-modes/mode/shell';
import { standardSQL } from '@codemirror/legacy-modes/mode/sql';
import { toml } from '@codemirror/legacy-modes/mode/toml';
import { html, xml } from '@codemirror/legacy-modes/mode/xml';
import { yaml } from '@codemirror/legacy-modes/mode/yaml';
import type { Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';

const BY_EXTENSION: Readonly<Record<string, StreamParser<unknown>>> = {
  css,
  go,
  html,
  js: javascript,
  json,
  jsx: javascript,
  mjs: javascript,
  py: python,
  sh: shell,
  sql: standardSQL,
  svg: xml,
  toml,
  ts: typescript,
  tsx: typescript,
  vue: html,
  xml,
  yaml,
  yml: yaml,
  dockerfile: dockerFile,
};

/** Names that the older modes use in combinations and the editor does not know. */
const TOKENS = { property: tags.propertyName };

/** languageOf colours what is known by its file name; everything else is plain text. */
export function languageOf(path: string): Extension {
  const extension = path.toLowerCase().split(/[./]/).at(-1) ?? '';
  const parser = Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
  return parser ? StreamLanguage.define({ ...parser, tokenTable: TOKENS }) : [];
}
