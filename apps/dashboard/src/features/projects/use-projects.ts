import { storeToRefs } from 'pinia';
import { computed, ref } from 'vue';
import { useProjectsStore } from './projects-store.ts';

/** useProjects gives the list with a search over name, address and description. */
export function useProjects() {
  const store = useProjectsStore();
  const { list, isLoaded, problem } = storeToRefs(store);
  const search = ref('');
  const found = computed(() => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return list.value.filter((project) => {
      const text = `${project.name} ${project.slug} ${project.description ?? ''}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  });
  return { projects: list, found, search, isLoaded, problem, reload: store.load };
}
