import { onScopeDispose, shallowReactive, watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';

/** Typing must not write the address with each letter. */
const PAUSE_MS = 250;

/** useAddressFilter keeps a filter in the address, so that what is shown can be sent to somebody and come back to. */
export function useAddressFilter<Filter extends Record<string, string>>(unset: Filter): Filter {
  const route = useRoute();
  const router = useRouter();
  const filter: Filter = shallowReactive({ ...unset });
  for (const name of Object.keys(unset)) {
    const given = route.query[name];
    if (typeof given === 'string') Object.assign(filter, { [name]: given });
  }

  function write(): void {
    const others = Object.entries(route.query).filter(([name]) => !(name in unset));
    const set = Object.entries<string>(filter).filter(([name, value]) => value !== unset[name]);
    void router.replace({ query: Object.fromEntries([...others, ...set]), hash: route.hash });
  }

  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(
    () => ({ ...filter }),
    () => {
      clearTimeout(timer);
      timer = setTimeout(write, PAUSE_MS);
    },
  );
  onScopeDispose(() => clearTimeout(timer));
  return filter;
}
