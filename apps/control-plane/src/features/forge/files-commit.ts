import type { ForgeFile } from './forge.ts';
import type { GitlabAction } from './gitlab/gitlab-api.ts';

/**
 * actionsOf says what becomes of each file. GitLab refuses all of them where one is not as it was known here: that file's
 * last commit is the lock.
 */
export function actionsOf(
  files: readonly ForgeFile[],
  known: ReadonlyMap<string, string>,
): GitlabAction[] {
  return files.flatMap(({ path, content }): GitlabAction[] => {
    const last = known.get(path);
    const lock = last === undefined ? {} : { last_commit_id: last };
    if (content === null)
      return last === undefined ? [] : [{ action: 'delete', file_path: path, ...lock }];
    const action = last === undefined ? 'create' : 'update';
    return [{ action, file_path: path, content, encoding: 'text', ...lock }];
  });
}
