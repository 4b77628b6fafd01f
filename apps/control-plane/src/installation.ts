import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readControlPlaneConfig } from '@spt-flow/config/control-plane';
import { BackupError } from './backup/backup-error.ts';
import { makeBackup } from './backup/make-backup.ts';
import { readCommand, type BackupCommand, type RestoreCommand } from './backup/read-command.ts';
import { restoreBackup } from './backup/restore-backup.ts';
import { backupText, restoreText } from './backup/words.ts';
import { dataPaths, defaultDataDirectory } from './boot/data-directory.ts';
import { startFailureText } from './boot/start-error.ts';
import { readVersion } from './boot/version.ts';

const distribution = path.dirname(fileURLToPath(import.meta.url));
const INTERRUPTED = 130;

/** What is done to an installation as a whole: a backup of it, and its restoration. */
async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2));
  if (command.kind === 'help') process.stdout.write(command.text);
  else if (command.kind === 'backup') await backup(command);
  else await restore(command);
}

async function backup({ folder, dataDirectory, without, withoutKey }: BackupCommand) {
  const { config, secrets } = settingsOf(dataDirectory);
  const isElsewhere = secrets.databaseUrl !== undefined;
  const manifest = await makeBackup({
    ...{ folder, without, withoutKey, report },
    paths: dataPaths(config.dataDirectory),
    ...{ databaseUrl: secrets.databaseUrl, secretKey: secrets.secretKey },
    ...{ version: readVersion(distribution), now: new Date(), signal: untilStopped() },
  });
  process.stdout.write(backupText(path.resolve(folder), { manifest, isElsewhere }));
}

async function restore({ folder, dataDirectory }: RestoreCommand): Promise<void> {
  const { config, secrets } = settingsOf(dataDirectory);
  const manifest = await restoreBackup({
    ...{ folder, report, dataDirectory: config.dataDirectory },
    ...{ databaseUrl: secrets.databaseUrl, secretKey: secrets.secretKey },
    migrationsFolder: path.join(distribution, 'migrations'),
  });
  process.stdout.write(restoreText(config.dataDirectory, manifest));
}

/** As the control plane reads them. */
function settingsOf(dataDirectory: string | undefined) {
  const start = readControlPlaneConfig(
    dataDirectory === undefined ? [] : ['--data-dir', dataDirectory],
    process.env,
    { dataDirectory: defaultDataDirectory(process.env) },
  );
  if (start.kind === 'help') throw new Error('Nobody asked for help');
  return start;
}

function untilStopped(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => stop.abort());
  return stop.signal;
}

function report(step: string): void {
  process.stderr.write(`${step}\n`);
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    if (error instanceof Error && error.name === 'AbortError') {
      process.stderr.write('Stopped: nothing was left behind\n');
      process.exit(INTERRUPTED);
    }
    process.stderr.write(
      `${error instanceof BackupError ? error.message : startFailureText(error)}\n`,
    );
    process.exit(1);
  },
);
