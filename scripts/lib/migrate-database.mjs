import { ConfigError, readControlPlaneConfig } from '@spt-flow/config/control-plane';
import {
  defaultDataDirectory,
  prepareDataDirectory,
} from '../../apps/control-plane/src/boot/data-directory.ts';
import { startDatabase } from '../../apps/control-plane/src/boot/database.ts';
import { StartError } from '../../apps/control-plane/src/boot/start-error.ts';

try {
  await migrate();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function migrate() {
  const defaults = { dataDirectory: defaultDataDirectory(process.env) };
  const start = readControlPlaneConfig(process.argv.slice(2), process.env, defaults);
  if (start.kind === 'help') return console.log(start.text);
  const database = await startDatabase({
    url: start.secrets.databaseUrl,
    directory: prepareDataDirectory(start.config.dataDirectory).database,
    migrationsFolder: 'packages/db/migrations',
  });
  await database.stop();
  console.error('The database is up to date');
}
