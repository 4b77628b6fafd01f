import { templateRoutes } from '@spt-flow/shared/api/templates';
import { loadPages } from '../../lib/load-pages.ts';
import { useServices } from '../../lib/services.ts';
import { useLoaded } from '../../lib/use-loaded.ts';

const MAX_TEMPLATES = 500;
const VERSIONS_SHOWN = 50;

/** useTemplateChoice loads the templates, the versions of the chosen one, and what the chosen version asks for. */
export function useTemplateChoice(chosen: {
  readonly template: string;
  readonly version: number | undefined;
}) {
  const { api } = useServices();
  const templates = useLoaded(
    () => 'all',
    (_key, signal) =>
      loadPages(
        (cursor) =>
          api.call(templateRoutes.list, { query: { ...(cursor && { cursor }) } }, { signal }),
        MAX_TEMPLATES,
      ),
  );
  const versions = useLoaded(
    () => chosen.template,
    async (handle, signal) => {
      if (handle === '') return [];
      const input = { params: { handle }, query: { limit: VERSIONS_SHOWN } };
      const { items } = await api.call(templateRoutes.versions, input, { signal });
      return items.filter(({ archivedAt }) => archivedAt === null);
    },
  );
  const details = useLoaded(
    () => `${chosen.template} ${chosen.version}`,
    async (_key, signal) => {
      const { template: handle, version: number } = chosen;
      if (handle === '') return undefined;
      if (number !== undefined)
        return api.call(templateRoutes.version, { params: { handle, number } }, { signal });
      const { active } = await api.call(templateRoutes.get, { params: { handle } }, { signal });
      return active ?? undefined;
    },
  );
  return { templates, versions, details };
}
