import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { runInThisContext } from 'node:vm';
import { flushPromises, type VueWrapper } from '@vue/test-utils';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import SettingsView from '../src/views/SettingsView.vue';
import { createWorld } from './mount.ts';

const BEFORE_START = path.resolve(import.meta.dirname, '../public/before-start.js');

function systemIs(scheme: 'light' | 'dark'): void {
  vi.stubGlobal('matchMedia', (query: string) => ({
    matches: query.includes('dark') === (scheme === 'dark'),
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }));
}

async function openSettings(): Promise<VueWrapper> {
  const world = await createWorld({ 'GET /tokens': () => ({ items: [], nextCursor: null }) });
  const wrapper = world.mount(SettingsView);
  await flushPromises();
  return wrapper;
}

async function choose(wrapper: VueWrapper, label: string): Promise<void> {
  await themes(wrapper)
    .find((button) => button.text() === label)
    ?.trigger('click');
  await flushPromises();
}

function themes(wrapper: VueWrapper) {
  return wrapper.get('[aria-labelledby="theme-title"][role="group"]').findAll('button');
}

function pressed(wrapper: VueWrapper): string[] {
  return themes(wrapper)
    .filter((button) => button.attributes('aria-pressed') === 'true')
    .map((button) => button.text());
}

function isDark(): boolean {
  return document.documentElement.classList.contains('dark');
}

/** What a reload does before anything of the app is there. */
async function reload(): Promise<void> {
  document.documentElement.className = '';
  runInThisContext(await readFile(BEFORE_START, 'utf8'));
}

describe('the theme', () => {
  beforeEach(() => {
    document.documentElement.className = '';
    systemIs('light');
    return () => vi.unstubAllGlobals();
  });

  it('is that of the system until one is chosen', async () => {
    systemIs('dark');

    const wrapper = await openSettings();

    expect(pressed(wrapper)).toEqual(['System']);
    expect(isDark()).toBe(true);
  });

  it.each([
    ['Dark', 'light', true],
    ['Light', 'dark', false],
  ] as const)('%s wins over a %s system at once', async (label, system, dark) => {
    systemIs(system);
    const wrapper = await openSettings();

    await choose(wrapper, label);

    expect(pressed(wrapper)).toEqual([label]);
    expect(isDark()).toBe(dark);
  });

  it('is still the chosen one before the first paint after a reload', async () => {
    await choose(await openSettings(), 'Dark');

    await reload();

    expect(isDark()).toBe(true);
    expect(pressed(await openSettings())).toEqual(['Dark']);
  });

  it('follows the system again when that is chosen', async () => {
    const wrapper = await openSettings();
    await choose(wrapper, 'Dark');

    await choose(wrapper, 'System');

    expect(isDark()).toBe(false);
  });
});
