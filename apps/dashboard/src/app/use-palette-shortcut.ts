import { onScopeDispose, type Ref } from 'vue';

/** usePaletteShortcut opens and closes the palette with ⌘K, or Ctrl K where there is no ⌘. */
export function usePaletteShortcut(isOpen: Ref<boolean>): void {
  function onKeydown(event: KeyboardEvent): void {
    if (
      event.key.toLowerCase() !== 'k' ||
      !(event.metaKey || event.ctrlKey) ||
      event.shiftKey ||
      event.altKey
    )
      return;
    event.preventDefault();
    isOpen.value = !isOpen.value;
  }
  addEventListener('keydown', onKeydown);
  onScopeDispose(() => removeEventListener('keydown', onKeydown));
}
