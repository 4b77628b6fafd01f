import type { AppManifest } from '@spt-flow/shared/domain/app-manifest';

/** What builds of the app do, here and by a GitLab. */
export const PIPELINE_FILE = '.gitlab-ci.yml';

type Commands = Pick<AppManifest, 'build' | 'test'>;

/** A JSON string is a YAML string. */
function scriptOf(commands: readonly (string | null | undefined)[]): string {
  return commands
    .filter((command) => command != null)
    .map((command) => `    - ${JSON.stringify(command)}\n`)
    .join('');
}

/** pipelineFile makes a pipeline of what the manifest says; `image` is what the commands run in. */
export function pipelineFile({ build, test }: Commands, image: string): string {
  const jobs = [
    `build:\n  stage: build\n  script:\n${scriptOf([build])}`,
    `test:\n  stage: test\n  script:\n${scriptOf([build, test])}`,
  ];
  const isUsed = [build !== null, test !== undefined];
  return `# The commands are those of spt-flow.json.
stages: [validate, build, test, deploy]

default:
  image: ${image}

validate:
  stage: validate
  script:
    - test -f package.json || test -f requirements.txt || test -f go.mod || test -f index.html

${jobs.filter((_, at) => isUsed[at]).join('\n')}
deploy:
  stage: deploy
  image: docker:28
  services: [docker:28-dind]
  variables:
    DOCKER_HOST: tcp://docker:2375
    DOCKER_TLS_CERTDIR: ""
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
  script:
    - echo "$CI_REGISTRY_PASSWORD" | docker login --username "$CI_REGISTRY_USER" --password-stdin "$CI_REGISTRY"
    - docker build --tag "$CI_REGISTRY_IMAGE:$CI_COMMIT_SHORT_SHA" .
    - docker push "$CI_REGISTRY_IMAGE:$CI_COMMIT_SHORT_SHA"
`;
}
