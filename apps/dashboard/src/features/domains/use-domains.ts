import { domainRoutes } from '@spt-flow/shared/api/domains';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useLoaded } from '../../lib/use-loaded.ts';

/** useDomains lists and changes the domains of a project; each answer of the DNS takes as long as it takes. */
export function useDomains(handle: () => string) {
  const { api } = useServices();
  const { data, problem, reload } = useLoaded(handle, (key, signal) =>
    api.call(domainRoutes.list, { params: { handle: key } }, { signal }),
  );

  const adding = useAction(async (name: string) => {
    await api.call(domainRoutes.add, { params: { handle: handle() }, body: { name } });
    await reload();
    return true;
  });
  const checking = useAction(async (name: string) => {
    await api.call(domainRoutes.check, { params: { handle: handle(), name } });
    await reload();
  });
  const removing = useAction(async (name: string) => {
    await api.call(domainRoutes.remove, { params: { handle: handle(), name } });
    await reload();
  });
  return { domains: data, problem, reload, adding, checking, removing };
}
