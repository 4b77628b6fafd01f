import { spawn } from 'node:child_process';
import { buildApps } from './lib/build-apps.mjs';
import { endWith } from './lib/failure.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { requireNode } from './lib/require-node.mjs';
import { ROOT, inRoot } from './lib/root.mjs';

/** The control plane restarts when its sources change; the dashboard is served by Vite. */
requireNode();
await endWith(async () => {
  await ensureInstalled();
  await buildApps();
  const children = [
    start(['apps/control-plane/build.mjs', '--watch'], { stdio: ['pipe', 'inherit', 'inherit'] }),
    start([
      '--watch',
      '--watch-preserve-output',
      'apps/control-plane/dist/server.js',
      ...process.argv.slice(2),
    ]),
    start([inRoot('node_modules/vite/bin/vite.js')], { cwd: inRoot('apps/dashboard') }),
  ];
  const stopAll = () => children.forEach((child) => child.kill('SIGTERM'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stopAll);
  return new Promise((resolve) => {
    for (const child of children) {
      child.once('exit', (code) => {
        stopAll();
        resolve(code ?? 0);
      });
    }
  });
});

function start(args, options = {}) {
  return spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit', ...options });
}
