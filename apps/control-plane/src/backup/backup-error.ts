/** BackupError is why a backup can't be made or restored, in one line that ends with the next step. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** On a full disk, or in a folder that is closed, all parts fail alike. */
const NEXT: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left. Make room, or choose another disk',
  EDQUOT: 'your quota is used up. Make room, or choose another disk',
  EACCES: 'it may not be written. Choose another folder, or use the account that spt-flow runs as',
  EPERM: 'it may not be written. Choose another folder, or use the account that spt-flow runs as',
  ENOENT: 'it can not be made there. Choose another folder',
  ENOTDIR: 'what is above it is no folder. Choose another one',
  EROFS: 'its disk can only be read. Choose another folder',
};

/** explainFailure says what to do about an error of the file system; others stay what they are. */
export function explainFailure(error: unknown, folder: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const next = NEXT[code];
  return next === undefined ? error : new BackupError(`"${folder}": ${next}`, { cause: error });
}
