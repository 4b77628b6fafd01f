export {
  createBareRepositories,
  FORGE_REFS,
  HEADS,
  parseBranches,
  parseTags,
  TAGS,
  type BareRepositories,
  type Branch,
  type Tag,
} from './bare-repositories.ts';
export { createTrackedBranches, type TrackedBranches } from './forge-branches.ts';
export { createGit, isGitOutOfDisk, SAFE_SETTINGS } from './git-command.ts';
export { runLimitedGit } from './limited-git.ts';
export { createProjectRepository, type ProjectRepository } from './project-repository.ts';
export { createProjectSource, type ProjectSource } from './project-source.ts';
export { splitByClash } from './ref-names.ts';
export { removeStaleLock } from './stale-files.ts';
export { createRemoteFiles, type ReadRemoteFiles } from './remote-files.ts';
