const MIB = 1024 * 1024;
const SIGKILL = 137;

interface ContainerEnd {
  readonly exitCode: number;
  readonly isOutOfMemory: boolean;
  /** What it might use. */
  readonly memoryBytes: number;
  /** What its agent wrote last; empty: nothing. */
  readonly lastWords: string;
}

/** endWords says in plain words why the container of a workspace ended. */
export function endWords({ exitCode, isOutOfMemory, memoryBytes, lastWords }: ContainerEnd) {
  if (isOutOfMemory)
    return `The workspace needed more memory than its ${Math.round(memoryBytes / MIB)} MiB`;
  const how =
    exitCode === SIGKILL
      ? 'The container was ended by SIGKILL'
      : `The agent ended with exit code ${exitCode}`;
  return lastWords ? `${how}: ${lastWords}` : how;
}
