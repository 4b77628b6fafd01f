import * as z from 'zod';
import { shallowRef } from 'vue';

const StoredTabsSchema = z
  .array(z.object({ key: z.string(), title: z.string(), terminalId: z.string().optional() }))
  .min(1);
export type TerminalTab = z.infer<typeof StoredTabsSchema>[number];

/** useTerminalTabs keeps the terminals of one browser tab, so that a reload finds them again. */
export function useTerminalTabs(options: {
  workspaceId: string;
  storage: Storage;
  newKey: () => string;
}) {
  const storageKey = `spt-flow.terminals.${options.workspaceId}`;
  const tabs = shallowRef<readonly TerminalTab[]>(load());
  const activeKey = shallowRef(tabs.value[0]?.key);

  function load(): TerminalTab[] {
    const text = options.storage.getItem(storageKey);
    if (text !== null) {
      try {
        const stored = StoredTabsSchema.safeParse(JSON.parse(text));
        if (stored.success) return stored.data;
      } catch {
        // Broken entries count as none: a fresh terminal is always possible.
      }
    }
    return [{ key: options.newKey(), title: 'Terminal 1' }];
  }

  function save(next: readonly TerminalTab[]): void {
    tabs.value = next;
    options.storage.setItem(storageKey, JSON.stringify(next));
  }

  function add(): void {
    const highest = Math.max(
      0,
      ...tabs.value.map((tab) => Number(/\d+$/.exec(tab.title)?.[0] ?? 0)),
    );
    const tab: TerminalTab = { key: options.newKey(), title: `Terminal ${highest + 1}` };
    save([...tabs.value, tab]);
    activeKey.value = tab.key;
  }

  function close(key: string): void {
    const index = tabs.value.findIndex((tab) => tab.key === key);
    const rest = tabs.value.filter((tab) => tab.key !== key);
    if (rest.length === 0) {
      save([]);
      add();
      return;
    }
    save(rest);
    if (activeKey.value === key) activeKey.value = rest[Math.max(0, index - 1)]?.key;
  }

  function remember(key: string, terminalId: string): void {
    save(tabs.value.map((tab) => (tab.key === key ? { ...tab, terminalId } : tab)));
  }

  return { tabs, activeKey, add, close, remember };
}
