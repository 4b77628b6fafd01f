import type { PipelineRow } from './records-repository.ts';

const SOURCES: Readonly<Record<PipelineRow['trigger'], string>> = {
  push: 'push',
  publish: 'web',
  person: 'web',
  retry: 'web',
  forge: 'external',
};
const SHORT_CHARACTERS = 8;

/** predefinedVariables are those that GitLab's jobs have, as far as they mean something here. */
export function predefinedVariables(
  row: PipelineRow,
  {
    project,
    registry,
  }: {
    readonly project: { readonly slug: string; readonly name: string };
    /** With the path below which images of apps are. */
    readonly registry: string | undefined;
  },
): Record<string, string> {
  return {
    CI: 'true',
    SPT_FLOW_BUILD: 'true',
    CI_COMMIT_SHA: row.commit,
    CI_COMMIT_SHORT_SHA: row.commit.slice(0, SHORT_CHARACTERS),
    CI_COMMIT_BRANCH: row.ref,
    CI_COMMIT_REF_NAME: row.ref,
    CI_COMMIT_TITLE: row.title ?? '',
    CI_DEFAULT_BRANCH: 'main',
    CI_PIPELINE_ID: row.id,
    CI_PIPELINE_IID: String(row.number),
    CI_PIPELINE_SOURCE: SOURCES[row.trigger],
    CI_PROJECT_NAME: project.slug,
    CI_PROJECT_TITLE: project.name,
    ...(registry !== undefined && {
      CI_REGISTRY: registry.split('/')[0] ?? registry,
      CI_REGISTRY_IMAGE: `${registry}/${project.slug}`,
    }),
  };
}
