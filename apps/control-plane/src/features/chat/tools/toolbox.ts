import { addDependency } from './add-dependency.ts';
import { readLogs, runCommand } from './machine-tools.ts';
import { listFiles, readFile, search } from './read-tools.ts';
import { askUser, finish, proposePlan, publish } from './talk-tools.ts';
import type { Tool } from './tool.ts';
import { deleteFile, editFile, renameFile, writeFile } from './write-tools.ts';

/** TOOLS in an order that never changes, because model providers cache the prefix of a request. */
const TOOLS: readonly Tool[] = [
  writeFile,
  editFile,
  deleteFile,
  renameFile,
  readFile,
  listFiles,
  search,
  addDependency,
  runCommand,
  readLogs,
  askUser,
  proposePlan,
  publish,
  finish,
];

const BY_NAME = new Map(TOOLS.map((tool) => [tool.definition.name, tool]));

export function findTool(name: string): Tool | undefined {
  return BY_NAME.get(name);
}

export const TOOL_DEFINITIONS = TOOLS.map((tool) => tool.definition);
