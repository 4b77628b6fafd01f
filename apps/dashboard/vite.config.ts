import { join } from 'node:path';
import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig } from 'vite';
import { sourcePlugins, withoutSummaries } from './vite-plugins.ts';

const CONTROL_PLANE = 'http://localhost:8080';

export default defineConfig({
  base: '/',
  tsconfig: join(import.meta.dirname, 'tsconfig.json'),
  plugins: [
    ...sourcePlugins(),
    withoutSummaries(),
    VitePWA({
      registerType: 'prompt',
      injectRegister: false,
      manifest: {
        name: 'spt-flow',
        short_name: 'spt-flow',
        description: 'Describe an app and watch it being built',
        display: 'standalone',
        start_url: '/',
        background_color: '#fafaf9',
        theme_color: '#0f766e',
        icons: [
          { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
          { src: '/icon-maskable.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'maskable' },
        ],
      },
      workbox: {
        globPatterns: ['**/*.{js,css,html,svg}'],
        navigateFallback: '/index.html',
        // Answers of the API, the agent door and MCP are never cached nor replaced by the app shell.
        navigateFallbackDenylist: [/^\/(?:api|agents|mcp|healthz|readyz|metrics)(?:\/|$)/],
        runtimeCaching: [],
      },
    }),
  ],
  build: {
    outDir: 'dist',
    manifest: true,
    // What is bundled, for bills of materials, and the licences that ask to be handed on.
    license: { fileName: '.vite/license.json' },
    sourcemap: false,
    target: 'es2022',
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 3000,
    proxy: { '/api': { target: CONTROL_PLANE, ws: true } },
  },
});
