import ui from '@nuxt/ui/vite';
import vue from '@vitejs/plugin-vue';
import type { PluginOption } from 'vite';

/** sourcePlugins are what the app's sources need to compile; the build and the tests share them. */
export function sourcePlugins(): PluginOption[] {
  return [
    vue(),
    ui({
      autoImport: false,
      components: { dts: 'src/components.d.ts', dirs: [] },
      // Icons are read from the installed collection at build time; the page never asks a public API.
      icon: { clientBundle: { scan: { globInclude: ['src/**/*.{vue,ts}'] } } },
      experimental: { componentDetection: ['DropdownMenu', 'SelectMenu'] },
      ui: {
        colors: { primary: 'teal', neutral: 'stone' },
        // Nuxt UI lets the page shine through under the pointer, where the words lose their contrast.
        button: {
          compoundVariants: [
            {
              color: 'primary',
              variant: 'solid',
              class: 'hover:bg-primary active:bg-primary hover:brightness-90 active:brightness-90',
            },
            {
              color: 'error',
              variant: 'solid',
              class: 'hover:bg-error active:bg-error hover:brightness-90 active:brightness-90',
            },
          ],
        },
      },
    }),
  ];
}

const SUMMARY = /^ +summary:\s*'(?:[^'\\]|\\.)*',\n/gm;

/** withoutSummaries leaves out what contracts say for the API's own page: every visitor would load it, and none reads it. */
export function withoutSummaries(): PluginOption {
  return {
    name: 'spt-flow:without-summaries',
    apply: 'build',
    enforce: 'pre',
    transform: (code, id) =>
      id.includes('/packages/shared/src/api/')
        ? { code: code.replace(SUMMARY, ''), map: null }
        : null,
  };
}
