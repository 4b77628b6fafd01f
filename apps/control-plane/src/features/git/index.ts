export { createBareRepositories } from './bare-repositories.ts';
export { createGit } from './git-command.ts';
export { createProjectRepository, type ProjectRepository } from './project-repository.ts';
export { createRemoteFiles, type ReadRemoteFiles } from './remote-files.ts';
