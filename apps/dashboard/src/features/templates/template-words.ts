import type { TemplatePool } from '@spt-flow/shared/api/pools';
import type { Template, WorkspaceImpact } from '@spt-flow/shared/api/templates';
import type { TemplateParameter } from '@spt-flow/shared/domain/template-shape';
import { isRequired, optionsOf } from '@spt-flow/shared/domain/template-values';
import { formatMoney } from '../workspaces/lifecycle-words.ts';

/** templateWords says whether people may use a template. */
export function templateWords({ deprecation, activeVersion, latestVersion }: Template) {
  if (deprecation !== null) return { label: 'Deprecated', tone: 'warning' as const };
  if (activeVersion === null) return { label: 'No active version', tone: 'neutral' as const };
  if (activeVersion !== latestVersion)
    return { label: `Version ${latestVersion} waits`, tone: 'info' as const };
  return { label: 'Ready', tone: 'success' as const };
}

/** permittedWords says what a parameter may be. */
export function permittedWords(parameter: TemplateParameter): string {
  const options = optionsOf(parameter);
  if (options) return options.map(({ value }) => value).join(', ');
  if (parameter.type === 'bool') return 'true or false';
  const { min, max } = parameter;
  const bounds = [
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ];
  return bounds.length > 0 ? bounds.join(', ') : 'anything';
}

export function defaultWords(parameter: TemplateParameter): string {
  return isRequired(parameter) ? 'has to be given' : String(parameter.default) || 'empty';
}

/** effectWords says what an update would do to a workspace. */
export function effectWords(impact: WorkspaceImpact): string {
  if (impact.effect === 'recreate')
    return 'It can’t be updated, only made anew: what is not committed would be lost.';
  if (!impact.canUpdate) return 'Something stands in the way.';
  if (impact.effect === 'none') return 'Nothing changes but its version.';
  return 'It holds from the next start on. Files stay.';
}

/** poolWords says what is kept ready for whoever creates a workspace next. */
export function poolWords(pool: TemplatePool): string {
  const { size, ready, starting, failed, costPerHour, schedule, isOpen } = pool;
  const count = ready + starting + failed;
  if (size === 0 && count === 0) return 'No workspaces are kept ready.';
  const states = [
    `${ready} ready`,
    ...(starting > 0 ? [`${starting} starting`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  const cost = costPerHour ? `, ${formatMoney(costPerHour)} an hour` : '';
  const hours = schedule
    ? ` from ${schedule.start} to ${schedule.stop} (${schedule.timeZone})${isOpen ? '' : ', not now'}`
    : '';
  return `${size} kept ready${hours} (${states.join(', ')})${cost}.`;
}
