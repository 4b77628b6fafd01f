import { useColorMode } from '@vueuse/core';
import { computed } from 'vue';

export const THEMES = [
  { value: 'auto', label: 'System', icon: 'i-lucide-monitor' },
  { value: 'light', label: 'Light', icon: 'i-lucide-sun' },
  { value: 'dark', label: 'Dark', icon: 'i-lucide-moon' },
] as const;
export type Theme = (typeof THEMES)[number]['value'];

/** useTheme is the preference of this browser; `auto` follows the system. */
export function useTheme() {
  const mode = useColorMode({ emitAuto: true });
  const theme = computed<Theme>({
    get: () => mode.value,
    set: (value) => {
      mode.value = value;
    },
  });
  return { theme };
}
