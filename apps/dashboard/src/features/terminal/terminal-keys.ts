import type { Terminal } from '@xterm/xterm';

/** Keys are what the terminal keeps for itself; everything else goes to the program. */
export interface TerminalKeys {
  readonly onSearch: () => void;
  readonly copy: (text: string) => void;
}

/**
 * takeKeys copies by Ctrl+Shift+C, and by Ctrl+C as long as something is selected; searches by Ctrl+Shift+F or ⌘F.
 * Ctrl+Shift+V pastes already: that is the browser's own.
 */
export function takeKeys(terminal: Terminal, { onSearch, copy }: TerminalKeys): void {
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== 'keydown' || event.altKey) return true;
    const { ctrlKey, shiftKey, metaKey, code } = event;
    if (code === 'KeyF' && ((ctrlKey && shiftKey) || metaKey)) return take(event, onSearch);
    if (code !== 'KeyC' || !ctrlKey || !(shiftKey || terminal.hasSelection())) return true;
    return take(event, () => {
      copy(terminal.getSelection());
      terminal.clearSelection();
    });
  });
}

function take(event: KeyboardEvent, action: () => void): false {
  event.preventDefault();
  action();
  return false;
}
