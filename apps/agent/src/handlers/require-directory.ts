import { withDirectory } from '../system/confined-directory.ts';
import { AgentError, systemCode } from '../system/errors.ts';
import { parseDirectoryPath } from '../system/relative-path.ts';

/** requireDirectory returns the segments of a path that leads to a directory of the project, without a link on the way. */
export async function requireDirectory(root: string, path: string): Promise<readonly string[]> {
  const segments = parseDirectoryPath(path);
  try {
    await withDirectory(root, segments, async () => undefined);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw new AgentError('not_found', `There is no directory '${path}'`, { cause: error });
  }
  return segments;
}
