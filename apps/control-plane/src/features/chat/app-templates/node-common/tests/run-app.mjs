import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a copy of the app without its data, on a free port. */
export async function runApp() {
  const folder = await mkdtemp(join(tmpdir(), 'app-'));
  await cp(root, folder, { recursive: true, filter: (path) => !path.startsWith(join(root, 'data')) });
  const app = spawn(process.execPath, ['server.mjs'], { cwd: folder, env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(app.stdout, 'data');
  const url = `http://127.0.0.1:${/port (\d+)/.exec(String(line))[1]}`;
  return {
    url,
    post: (path, fields) => fetch(url + path, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' }),
    text: async () => (await fetch(url)).text(),
    async stop() {
      app.kill();
      await once(app, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}
