export { copyForBuild } from './build-copy.ts';
export { buildNeeds, imageNameOf, type BuildNeeds, type BuildTerms } from './build-input.ts';
export {
  createDockerEngine,
  type DockerEngine,
  type ImageFacts,
  type Work,
} from './docker-engine.ts';
export { createImageBuilder } from './image-builder.ts';
