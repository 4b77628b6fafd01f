import * as z from 'zod';
import type { Overlay } from './overlay.ts';
import { defineTool } from './tool.ts';
import { ToolError } from './tool-error.ts';

const MAX_RESULT_CHARACTERS = 60_000;
const MAX_LISTED = 1000;
const MAX_HITS = 100;
const MAX_SEARCHED_FILES = 2000;
const MAX_LINE_CHARACTERS = 240;

export const readFile = defineTool({
  name: 'read_file',
  kind: 'reads',
  description: 'Read a text file. Long files come in parts: pass the line to start from.',
  schema: z.strictObject({ path: z.string(), from_line: z.number().int().min(1).optional() }),
  async run({ path, from_line: fromLine = 1 }, { overlay }) {
    const text = await overlay.read(path);
    if (text === null)
      throw new ToolError(
        `"${path}" does not exist or is not a text file. Use list_files to see what there is.`,
      );
    const rest =
      fromLine === 1
        ? text
        : text
            .split('\n')
            .slice(fromLine - 1)
            .join('\n');
    if (rest === '') return fromLine === 1 ? '(empty file)' : '(no more lines)';
    if (rest.length <= MAX_RESULT_CHARACTERS) return rest;
    const shown = rest.slice(0, MAX_RESULT_CHARACTERS);
    return `${shown}\n[cut here; go on with from_line ${fromLine + shown.split('\n').length - 1}]`;
  },
});

export const listFiles = defineTool({
  name: 'list_files',
  kind: 'reads',
  description: 'List the files of the project, one path per line.',
  schema: z.strictObject({
    folder: z.string().optional().describe('Only files below this folder'),
  }),
  async run({ folder }, { overlay }) {
    const prefix =
      folder === undefined || folder === '' || folder === '.'
        ? ''
        : `${folder.replace(/(?<!\/)\/+$/, '')}/`;
    const paths = (await overlay.list()).filter((path) => path.startsWith(prefix));
    if (paths.length === 0)
      return prefix === '' ? '(the project is empty)' : `(no files below ${prefix})`;
    const more =
      paths.length > MAX_LISTED ? `\n[and ${paths.length - MAX_LISTED} more; pass a folder]` : '';
    return paths.slice(0, MAX_LISTED).join('\n') + more;
  },
});

async function hitsIn(path: string, wanted: string, overlay: Overlay): Promise<string[]> {
  const text = await overlay.read(path);
  if (!text?.toLowerCase().includes(wanted)) return [];
  return text.split('\n').flatMap((line, index) => {
    if (!line.toLowerCase().includes(wanted)) return [];
    return `${path}:${index + 1}: ${line.trim().slice(0, MAX_LINE_CHARACTERS)}`;
  });
}

export const search = defineTool({
  name: 'search',
  kind: 'reads',
  description:
    'Find a text in all files of the project, upper and lower case alike. Answers with path, line and the line itself.',
  schema: z.strictObject({ text: z.string().min(2).max(200) }),
  async run({ text }, { overlay }) {
    const hits: string[] = [];
    for (const path of (await overlay.list()).slice(0, MAX_SEARCHED_FILES)) {
      hits.push(...(await hitsIn(path, text.toLowerCase(), overlay)));
      if (hits.length > MAX_HITS)
        return `${hits.slice(0, MAX_HITS).join('\n')}\n[more hits left out; search for something longer]`;
    }
    return hits.length === 0 ? `No file contains "${text}".` : hits.join('\n');
  },
});
