import type { Costs, Money } from '@spt-flow/shared/api/costs';
import {
  WorkspacePreviewSchema,
  type Place,
  type workspacePreviewRoutes,
  type Refusal,
  type WorkspacePreview,
} from '@spt-flow/shared/api/workspace-preview';
import { AppError } from '@spt-flow/shared/domain/errors';
import { slugVariant, slugify } from '@spt-flow/shared/domain/slug';
import { WorkspaceSettingsSchema } from '@spt-flow/shared/domain/workspace-settings';
import type * as z from 'zod';
import type { Clock } from '../../lib/clock.ts';
import type { Principal } from '../../lib/principal.ts';
import type { ChosenTemplate } from '../templates/index.ts';
import type { PreviewWorkspace } from '../workspaces/index.ts';
import type { ProjectsRepository } from './projects-repository.ts';

const HOUR_MS = 3_600_000;
const SLUG_ATTEMPTS = 50;
const FALLBACK_NAME = 'workspace';

type Wanted = z.output<typeof workspacePreviewRoutes.preview.body>;

interface ProjectPreviewDeps {
  readonly repository: Pick<ProjectsRepository, 'slugTaken' | 'countOf'>;
  /** What a chosen template comes to, before a policy is asked. */
  readonly resolveTemplate: (
    organizationId: string,
    choice: NonNullable<Wanted['template']>,
  ) => Promise<ChosenTemplate>;
  readonly findHost: (organizationId: string, handle: string) => Promise<{ id: string }>;
  /** Servers that may host what this person makes. */
  readonly hostsFor: (principal: Principal) => Promise<readonly Place[]>;
  readonly previewWorkspace: PreviewWorkspace;
  readonly costsOf: (organizationId: string) => Promise<{ costs: Costs | null }>;
  readonly maxProjectsPerUser: number;
  readonly clock: Clock;
}

/** requireOneMaker refuses settings beside a template, whose parameters decide them. */
export function requireOneMaker({ template, settings }: Pick<Wanted, 'template' | 'settings'>) {
  if (template && settings)
    throw new AppError(
      'validation_failed',
      'A template decides size and isolation: give its parameters instead of settings',
    );
}

/** requireContainers: what runs on a server that hosts it is a container. */
export function requireContainers(...places: readonly (string | null | undefined)[]): void {
  const other = places.find((place) => place && place !== 'docker');
  if (other)
    throw new AppError(
      'validation_failed',
      `Servers host containers only, and "${other}" was asked for too: leave one of both out`,
    );
}

export type ProjectPreview = ReturnType<typeof createProjectPreview>;

/** createProjectPreview says what creating a project with its workspace would come to. */
export function createProjectPreview(deps: ProjectPreviewDeps) {
  const { repository } = deps;

  async function freeSlug(name: string, organizationId: string): Promise<string> {
    const base = slugify(name, FALLBACK_NAME);
    for (let attempt = 0; attempt < SLUG_ATTEMPTS; attempt += 1) {
      const slug = slugVariant(base, attempt);
      if (!(await repository.slugTaken({ slug, organizationId }))) return slug;
    }
    throw new AppError('name_taken');
  }

  return async (principal: Principal, wanted: Wanted): Promise<WorkspacePreview> => {
    requireOneMaker(wanted);
    const { organizationId, userId: ownerId } = principal;
    const made = await makingOf(deps, organizationId, wanted);
    const { provider: byTemplate = null, settings } = made;
    const { provider: place, server } = wanted;
    if (server !== undefined) requireContainers(place, byTemplate);
    const host = server === undefined ? undefined : await deps.findHost(organizationId, server);
    const [name, projects, { cost, ...workspace }, { costs }, hosts] = await Promise.all([
      freeSlug(wanted.name ?? wanted.template?.name ?? FALLBACK_NAME, organizationId),
      repository.countOf(ownerId),
      deps.previewWorkspace({
        ...{ organizationId, ownerId, settings, wanted: place, byTemplate },
        hostId: host?.id,
      }),
      deps.costsOf(organizationId),
      deps.hostsFor(principal),
    ]);
    const month = costs && monthOf(costs, cost.perHour ?? 0, deps.clock.now());
    const refusals = [
      ...workspace.refusals,
      ...projectRefusals(projects, deps.maxProjectsPerUser),
      ...budgetRefusals(month),
    ];
    const projectQuota = { used: projects, limit: deps.maxProjectsPerUser };
    return {
      ...{ name, month, refusals, problems: made.problems ?? [] },
      plan: workspace.plan,
      places: byTemplate === null ? [...workspace.places, ...hosts] : [],
      quotas: [...workspace.quotas, { rule: 'projects-per-person', ...projectQuota }],
      canCreate: workspace.plan !== null && !refusals.some(({ isBlocking }) => isBlocking),
    };
  };
}

const ProblemsSchema = WorkspacePreviewSchema.shape.problems;

async function makingOf(
  deps: Pick<ProjectPreviewDeps, 'resolveTemplate'>,
  organizationId: string,
  { template, settings }: Wanted,
) {
  if (!template) return { settings: WorkspaceSettingsSchema.parse(settings ?? {}) };
  try {
    const { provider, blueprint } = await deps.resolveTemplate(organizationId, template);
    return { provider, settings: blueprint.nextStart ?? blueprint.settings };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'template_values_invalid') throw error;
    return { problems: ProblemsSchema.parse(error.details?.['problems']), settings: undefined };
  }
}

function monthOf(costs: Costs, perHour: number, now: Date) {
  const next = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
  const rest = (perHour * (next - now.getTime())) / HOUR_MS;
  const { spent, budget } = costs;
  return { spent, budget, expected: { ...spent, amount: spent.amount + rest } };
}

function projectRefusals(used: number, limit: number): Refusal[] {
  if (used < limit) return [];
  return [
    {
      ...{ kind: 'quota', rule: 'projects-per-person', stop: [], isBlocking: true },
      message: `You have ${used} projects, which is the limit`,
      remedy: 'Delete a project that is not needed, or ask an admin',
    },
  ];
}

/** A budget warns: what runs is somebody's work, and an admin decides about it. */
function budgetRefusals(month: { expected: Money; budget: Money | null } | null): Refusal[] {
  if (!month?.budget || month.expected.amount <= month.budget.amount) return [];
  const { expected, budget } = month;
  const text = ({ amount, currency }: Money) => `${amount.toFixed(2)} ${currency}`;
  return [
    {
      ...{ kind: 'budget', rule: 'monthly-budget', stop: [], isBlocking: false },
      message: `The month would come to ${text(expected)}, the budget is ${text(budget)}`,
      remedy: 'Stop what is not needed, or set an idle time or a schedule',
    },
  ];
}
