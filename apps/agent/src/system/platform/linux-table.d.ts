import type { ProcessTable } from '../process-tree.ts';
/** linuxTable reads who has started whom; the environments only of those who are asked for. */
export declare function linuxTable(): ProcessTable;
