import {
  findNodeAtLocation,
  getNodeValue,
  parseTree,
  printParseErrorCode,
  type JSONPath,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Place } from '../../../lib/located-yaml.ts';

const MAX_CHARACTERS = 1024 * 1024;

/** ConfigDocument is a devcontainer.json whose values know where they stand. */
export interface ConfigDocument {
  readonly value: unknown;
  /** The place of the value, or of the nearest one around it. */
  place(path: JSONPath): Place;
}

/** parseConfigDocument reads JSON with comments and trailing commas; AppError `devcontainer_invalid` names the place. */
export function parseConfigDocument(file: string, source: string): ConfigDocument {
  if (source.length > MAX_CHARACTERS)
    throw new AppError(
      'devcontainer_invalid',
      `${file} is longer than ${MAX_CHARACTERS} characters`,
    );
  const text = source.replace(/^\uFEFF/, '');
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first) {
    const { line, column } = positionOf(text, first.offset);
    throw invalid({ file, line, column }, `${wordsOf(first)} ${ALLOWED_SYNTAX}`);
  }
  if (root?.type !== 'object')
    throw invalid({ file, line: 1, column: 1 }, 'the file has to hold one object: { … }');
  return {
    value: getNodeValue(root),
    place: (path) => ({ file, ...positionOf(text, nodeAt(root, path).offset) }),
  };
}

const ALLOWED_SYNTAX = '(allowed is JSON with comments and trailing commas)';

/** invalid makes the error for a devcontainer.json that is wrong at a place. */
export function invalid(place: Place, problem: string): AppError {
  return new AppError('devcontainer_invalid', `${placeText(place)}: ${problem}`, {
    details: { ...place, problem },
  });
}

/** placeText writes a place as compilers do. */
export function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

function nodeAt(root: Node, path: JSONPath): Node {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    // A property is where its name stands.
    if (node) return node.parent?.type === 'property' ? node.parent : node;
  }
  return root;
}

function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** `CommaExpected` → `comma expected`. */
function wordsOf({ error }: ParseError): string {
  return printParseErrorCode(error)
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
}
