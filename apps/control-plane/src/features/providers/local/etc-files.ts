import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const PASSWD = `root:x:0:0:root:/root:/bin/sh
dev:x:1000:1000:Developer:/home/dev:/bin/bash
nobody:x:65534:65534:nobody:/:/bin/false
`;
const GROUP = 'root:x:0:\ndev:x:1000:\nnogroup:x:65534:\n';
/** As `git lfs install --system` writes it. */
const LARGE_FILES = `[filter "lfs"]
\tclean = git-lfs clean -- %f
\tsmudge = git-lfs smudge -- %f
\tprocess = git-lfs filter-process
\trequired = true
`;
const PROGRAMS = ['/usr/bin', '/usr/local/bin'];

/** ETC_FILES stand in the workspace in the place of this machine's, which may tell of its people and their tokens. */
export const ETC_FILES = ['passwd', 'group', 'hosts', 'gitconfig'] as const;

/** writeEtcFiles makes them for a workspace of that name. */
export async function writeEtcFiles(directory: string, name: string): Promise<void> {
  // Programs look up their own machine's name.
  const hosts = await readFile('/etc/hosts', 'utf8').catch(() => '127.0.0.1 localhost');
  const hasLargeFiles = PROGRAMS.some((programs) => existsSync(path.join(programs, 'git-lfs')));
  const texts: Record<(typeof ETC_FILES)[number], string> = {
    passwd: PASSWD,
    group: GROUP,
    hosts: `${hosts}\n127.0.1.1 ${name}\n`,
    gitconfig: hasLargeFiles ? LARGE_FILES : '',
  };
  for (const file of ETC_FILES) await writeFile(path.join(directory, file), texts[file]);
}
