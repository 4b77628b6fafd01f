import { build } from 'esbuild';
import { ROOT } from './root.mjs';

/** bundlePrograms makes TypeScript sources runnable; packages from npm stay outside. */
export function bundlePrograms({ entryPoints, ...options }) {
  return build({
    absWorkingDir: ROOT,
    entryPoints,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    sourcemap: 'inline',
    plugins: [npmPackagesStayOutside],
    logLevel: 'warning',
    ...options,
  });
}

const npmPackagesStayOutside = {
  name: 'npm-packages-stay-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./#]/ }, ({ path }) =>
      path.startsWith('@spt-flow/') ? undefined : { external: true },
    );
  },
};
