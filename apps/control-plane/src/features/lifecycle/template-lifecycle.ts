import { TemplateLifecycleSchema } from '@spt-flow/shared/domain/template-shape';
import type { LifecycleWorkspace } from './lifecycle-repository.ts';

/** templateLifecycle is what the version of its template says, as far as that says anything. */
export function templateLifecycle({
  templateLifecycle: found,
}: Pick<LifecycleWorkspace, 'templateLifecycle'>) {
  return TemplateLifecycleSchema.parse(found ?? {});
}
