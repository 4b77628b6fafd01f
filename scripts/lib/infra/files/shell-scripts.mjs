import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { capture } from '../../run.mjs';

/** scriptProblems has the shell read every script without running it. */
export async function scriptProblems(root) {
  const found = await Promise.all(
    ['infra', 'docker'].map(async (folder) => {
      const files = await readdir(path.join(root, folder), { recursive: true });
      return files.filter((file) => file.endsWith('.sh')).map((file) => path.join(folder, file));
    }),
  );
  const problems = await Promise.all(
    found.flat().map(async (file) => {
      const { exitCode, output } = await capture('sh', ['-n', path.join(root, file)]);
      return exitCode === 0 ? [] : [`${file}: ${output.trim()}`];
    }),
  );
  return problems.flat();
}
