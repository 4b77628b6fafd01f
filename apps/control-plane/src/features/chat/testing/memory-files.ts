import type { ProjectFiles } from '../tools/project-files.ts';

/** memoryFiles stands for a project's machine in tests of what reads it. */
export function memoryFiles(contents: Record<string, string>): ProjectFiles {
  return {
    list: async () =>
      Object.entries(contents).map(([path, text]) => ({ path, sizeBytes: text.length })),
    read: async (path) => contents[path] ?? null,
  };
}
