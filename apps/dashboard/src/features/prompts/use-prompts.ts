import { promptRoutes, type PromptContent, type SavedPrompt } from '@spt-flow/shared/api/prompts';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useLoaded } from '../../lib/use-loaded.ts';

/** usePrompts lists the prompts that I may use, and changes my own. */
export function usePrompts() {
  const { api } = useServices();
  const {
    data: prompts,
    problem,
    reload,
  } = useLoaded(
    () => 'prompts',
    async (_key, signal) => (await api.call(promptRoutes.list, {}, { signal })).items,
  );

  const saving = useAction(async (content: PromptContent, id: string | undefined) => {
    const saved: SavedPrompt =
      id === undefined
        ? await api.call(promptRoutes.create, { body: content })
        : await api.call(promptRoutes.update, { params: { id }, body: content });
    await reload();
    return saved;
  });
  const removing = useAction(async (id: string) => {
    await api.call(promptRoutes.remove, { params: { id } });
    await reload();
    return id;
  });

  return { prompts, problem, reload, saving, removing };
}
