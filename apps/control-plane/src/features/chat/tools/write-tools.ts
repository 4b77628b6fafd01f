import * as z from 'zod';
import { applyEdits } from './edit-text.ts';
import { countLines } from './text-lines.ts';
import { defineTool } from './tool.ts';
import { ToolError } from './tool-error.ts';

const PathSchema = z.string().describe('Path inside the project, such as "src/app.js"');

export const writeFile = defineTool({
  name: 'write_file',
  kind: 'edits',
  description:
    'Create a file, or replace a small one completely. Always send the whole content, never a placeholder for code left out. For a change in an existing file prefer edit_file.',
  schema: z.strictObject({
    path: PathSchema,
    content: z.string(),
    shrink_reason: z
      .string()
      .max(300)
      .optional()
      .describe('Only when the file is meant to lose more than half of its lines: why'),
  }),
  streamInput: true,
  async run({ path, content, shrink_reason }, { overlay }) {
    const change = await overlay.write(path, content, shrink_reason);
    return `${change === 'created' ? 'Created' : 'Replaced'} ${path} (${countLines(content)} lines).`;
  },
});

export const editFile = defineTool({
  name: 'edit_file',
  kind: 'edits',
  description:
    'Change places in an existing file. Put all changes of one file into one call. Each old_string must occur exactly once, copied from the file as it is now, unless replace_all is set. Either all edits are applied or none.',
  schema: z.strictObject({
    path: PathSchema,
    edits: z
      .array(
        z.strictObject({
          old_string: z.string(),
          new_string: z.string(),
          replace_all: z.boolean().optional(),
        }),
      )
      .min(1)
      .max(50),
    shrink_reason: z.string().max(300).optional(),
  }),
  async run({ path, edits, shrink_reason }, { overlay }) {
    const before = await overlay.read(path);
    if (before === null)
      throw new ToolError(`"${path}" does not exist. Use list_files to see what there is.`);
    const after = applyEdits(before, edits);
    await overlay.write(path, after, shrink_reason);
    return `Edited ${path} (${edits.length === 1 ? '1 place' : `${edits.length} places`}).`;
  },
});

export const deleteFile = defineTool({
  name: 'delete_file',
  kind: 'edits',
  description: 'Delete a file.',
  schema: z.strictObject({ path: PathSchema }),
  async run({ path }, { overlay }) {
    await overlay.remove(path);
    return `Deleted ${path}.`;
  },
});

export const renameFile = defineTool({
  name: 'rename_file',
  kind: 'edits',
  description: 'Move a file to another path.',
  schema: z.strictObject({ path: PathSchema, to: PathSchema }),
  async run({ path, to }, { overlay }) {
    await overlay.rename(path, to);
    return `Renamed ${path} to ${to}.`;
  },
});
