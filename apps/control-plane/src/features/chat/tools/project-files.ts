export interface ProjectFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** ProjectFiles reads the files of a project as they are on its machine now. */
export interface ProjectFiles {
  list(): Promise<readonly ProjectFile[]>;
  /** Null when there is no such text file. */
  read(path: string): Promise<string | null>;
}
