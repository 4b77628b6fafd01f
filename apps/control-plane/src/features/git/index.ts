export { createBareRepositories, type Branch } from './bare-repositories.ts';
export { createGit } from './git-command.ts';
export { createProjectRepository, type ProjectRepository } from './project-repository.ts';
export { createProjectSource, type ProjectSource } from './project-source.ts';
export { createRemoteFiles, type ReadRemoteFiles } from './remote-files.ts';
