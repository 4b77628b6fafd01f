import type { RouteData } from '@spt-flow/shared/api/route';
import type { workspaceRoutes } from '@spt-flow/shared/api/workspaces';

export type FileEntry = RouteData<typeof workspaceRoutes.files>['items'][number];

export interface FileNode {
  readonly path: string;
  readonly label: string;
  readonly icon?: string;
  readonly children?: FileNode[];
}

/** buildFileTree nests a flat list; folders come first, names in order, and folders that are only implied are made. */
export function buildFileTree(entries: readonly FileEntry[]): FileNode[] {
  const roots: FileNode[] = [];
  const folders = new Map<string, FileNode[]>([['', roots]]);

  function childrenOf(folder: string): FileNode[] {
    const known = folders.get(folder);
    if (known) return known;
    const children: FileNode[] = [];
    folders.set(folder, children);
    childrenOf(parentOf(folder)).push({ path: folder, label: nameOf(folder), children });
    return children;
  }

  for (const entry of entries) {
    if (entry.kind === 'directory') childrenOf(entry.path);
    else
      childrenOf(parentOf(entry.path)).push({
        path: entry.path,
        label: nameOf(entry.path),
        icon: 'i-lucide-file',
      });
  }
  for (const children of folders.values()) children.sort(byKindAndName);
  return roots;
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function byKindAndName(a: FileNode, b: FileNode): number {
  const kinds = Number(b.children !== undefined) - Number(a.children !== undefined);
  return kinds === 0 ? a.label.localeCompare(b.label) : kinds;
}
