export interface WorkspaceScope {
  /** A process of the workspace from which others descend. */
  readonly pid: number;
  /** `NAME=value` in the environment of everything that belongs to the workspace; undefined: it has no mark. */
  readonly mark: string | undefined;
}
/** ProcessTable is who runs on the machine at a moment. */
export interface ProcessTable {
  /** By the id of the process. */
  readonly parents: ReadonlyMap<number, number>;
  /** Whether an entry `NAME=value` is in the environment of a process, as far as that may be looked at. */
  carries(pid: number, mark: string): boolean;
}
/**
 * processesOf lists the workspace's processes: what descends from the outermost ancestor that carries the mark, and
 * what carries the mark itself, because a daemon leaves its parents but not its environment.
 */
export declare function processesOf({ pid, mark }: WorkspaceScope, table: ProcessTable): number[];
