import type { TemplateChoiceSchema } from '@spt-flow/shared/api/template-choice';
import { AppError } from '@spt-flow/shared/domain/errors';
import { resolveTemplate } from '@spt-flow/shared/domain/template-resolve';
import type { ParameterProblem } from '@spt-flow/shared/domain/template-values';
import type * as z from 'zod';
import { templateOf, type Asked, type Blueprint, type Permit } from '../workspaces/index.ts';
import type { TemplateFinder } from './template-finder.ts';

type Choice = z.output<typeof TemplateChoiceSchema>;

/** What a choice comes to, before anything is made of it. */
export interface ChosenTemplate {
  readonly blueprint: Blueprint;
  /** Null: where the control plane runs workspaces when nobody chooses. */
  readonly provider: 'local' | 'docker' | 'kubernetes' | 'coder' | null;
  /** For people. */
  readonly steps: readonly string[];
}

/** Who chooses; `asked` where more is wanted than a look. */
export interface Chooser {
  readonly ownerId: string | null;
  /** Where it is to run if the template does not say it. */
  readonly provider?: string | undefined;
  readonly asked?: Asked | undefined;
}

/** createTemplateResolver turns what somebody chose into how a workspace is made; AppError names what is wrong with it. */
export function createTemplateResolver(finder: TemplateFinder) {
  return async (organizationId: string, choice: Choice): Promise<ChosenTemplate> => {
    const { row } = await finder.find(organizationId, choice.name);
    if (row.deprecation !== null)
      throw new AppError('template_deprecated', `"${row.name}" is deprecated: ${row.deprecation}`);
    const { definition, number } = await finder.usable(row, choice.version);
    const resolution = resolveTemplate(definition, choice);
    if (!resolution.ok) throw valuesInvalid(resolution.problems);
    const { resolved } = resolution;
    const { provider } = definition;
    const settings = resolved.nextStart ?? resolved.settings;
    const preset = choice.preset === undefined ? '' : ` with the preset "${choice.preset}"`;
    const { size, isolation, image } = settings;
    return {
      provider,
      blueprint: { ...resolved, templateId: row.id, templateVersion: number },
      steps: [
        `Use version ${number} of the template "${row.name}"${preset}: size ${size}, isolation ${isolation}, image ${image ?? 'of the control plane'}`,
        ...(resolved.startScript === null ? [] : ['Run its start script at every start']),
      ],
    };
  };
}

/** createTemplateChoice also asks the policy. */
export function createTemplateChoice({
  resolve,
  permit,
  defaultProvider,
}: {
  readonly resolve: ReturnType<typeof createTemplateResolver>;
  readonly permit: Permit;
  readonly defaultProvider: string;
}) {
  return async (
    organizationId: string,
    choice: Choice,
    { ownerId, provider = defaultProvider, asked }: Chooser = { ownerId: null },
  ): Promise<ChosenTemplate> => {
    const chosen = await resolve(organizationId, choice);
    const { nextStart, settings } = chosen.blueprint;
    await permit(
      {
        ...{ action: 'create', organizationId, ownerId, settings: nextStart ?? settings },
        template: templateOf(chosen.blueprint),
        provider: chosen.provider ?? provider,
      },
      asked,
    );
    return chosen;
  };
}

/** valuesInvalid tells all problems at once, each with its parameter. */
export function valuesInvalid(problems: readonly ParameterProblem[]): AppError {
  const issues = problems.map(({ parameter, message }) => ({ path: [parameter], message }));
  return new AppError('template_values_invalid', problems[0]?.message, {
    details: { issues, problems },
  });
}
