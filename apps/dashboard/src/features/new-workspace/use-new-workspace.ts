import { isRepositoryUrl, repositoryName } from '@spt-flow/shared/domain/repository-url';
import { resolveTemplate } from '@spt-flow/shared/domain/template-resolve';
import type { ParameterValue, TemplateParameter } from '@spt-flow/shared/domain/template-shape';
import type { IsolationProfile, WorkspaceSize } from '@spt-flow/shared/domain/workspace-settings';
import { computed, reactive, shallowRef, watch } from 'vue';
import type { Place } from '@spt-flow/shared/api/workspace-preview';
import type { RouteInput } from '@spt-flow/shared/api/route';
import type { projectRoutes } from '@spt-flow/shared/api/projects';
import { useTemplateChoice } from './use-template-choice.ts';

type NewProject = RouteInput<typeof projectRoutes.create>['body'];

type Making = Pick<NewProject, 'name' | 'template' | 'settings' | 'provider' | 'server'>;

function placeOf({ provider, server }: Pick<Place, 'provider' | 'server'>) {
  return server === null ? { provider } : { server: server.id };
}

interface NewWorkspaceForm {
  /** Its name; empty: without one. */
  template: string;
  /** Undefined: the active one. */
  version: number | undefined;
  preset: string | undefined;
  /** Undefined: as the template or the installation says. */
  place: Pick<Place, 'provider' | 'server'> | undefined;
  size: WorkspaceSize;
  isolation: IsolationProfile;
  repositoryUrl: string;
  name: string;
}

/** useNewWorkspace holds what somebody enters for a workspace, and judges it as the server does. */
export function useNewWorkspace(template: string) {
  const form = reactive<NewWorkspaceForm>({
    ...{ template, version: undefined, preset: undefined, place: undefined },
    ...{ size: 'chat', isolation: 'restricted', repositoryUrl: '', name: '' },
  });
  const values = shallowRef<Readonly<Record<string, ParameterValue>>>({});
  const choice = useTemplateChoice(form);
  const definition = computed(() => choice.details.data.value?.definition);

  watch(
    () => [form.template, form.version],
    ([name], [before]) => {
      form.preset = undefined;
      form.place = undefined;
      values.value = {};
      if (name !== before) form.version = undefined;
    },
  );
  watch(
    () => form.preset,
    () => {
      values.value = {};
    },
  );

  const preset = computed(() => definition.value?.presets.find(({ name }) => name === form.preset));
  const problems = computed(() => {
    if (!definition.value) return new Map<string, { reason: string; message: string }>();
    const { preset: name } = form;
    const resolution = resolveTemplate(definition.value, { preset: name, values: values.value });
    return new Map(
      resolution.ok ? [] : resolution.problems.map((problem) => [problem.parameter, problem]),
    );
  });
  const url = computed(() => form.repositoryUrl.trim());
  const urlProblem = computed(() =>
    url.value === '' || isRepositoryUrl(url.value)
      ? undefined
      : 'Use an https, ssh or git address, like https://example.com/team/app.git',
  );
  const proposal = computed(
    () => (isRepositoryUrl(url.value) ? repositoryName(url.value) : form.template) || 'workspace',
  );
  const name = computed(() => form.name.trim() || proposal.value);

  const made = computed((): Making => {
    const { template: chosen, version, preset: presetName, size, isolation, place } = form;
    const common = { name: name.value, ...(place && placeOf(place)) };
    if (chosen === '') return { ...common, settings: { size, isolation } };
    return {
      ...common,
      template: {
        name: chosen,
        values: values.value,
        ...(version !== undefined && { version }),
        ...(presetName !== undefined && { preset: presetName }),
      },
    };
  });

  function give(parameter: string, value: ParameterValue | undefined): void {
    const { [parameter]: _before, ...others } = values.value;
    values.value = value === undefined ? others : { ...others, [parameter]: value };
  }

  /** Of the preset, or the default: what a value takes the place of. */
  function fallbackOf(parameter: TemplateParameter): ParameterValue | undefined {
    return preset.value?.values[parameter.name] ?? parameter.default;
  }

  const body = computed((): NewProject => ({
    ...made.value,
    ...(url.value !== '' && { repositoryUrl: url.value }),
  }));
  return {
    form,
    values,
    ...choice,
    definition,
    problems,
    urlProblem,
    proposal,
    made,
    body,
    give,
    fallbackOf,
  };
}
