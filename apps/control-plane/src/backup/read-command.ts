import { parseArgs } from 'node:util';
import { ConfigError } from '@spt-flow/config/config-error';
import { LEAVABLE, type Leavable } from './manifest.ts';

export interface BackupCommand {
  readonly kind: 'backup';
  readonly folder: string;
  readonly dataDirectory: string | undefined;
  readonly without: readonly Leavable[];
  readonly withoutKey: boolean;
}

export interface RestoreCommand {
  readonly kind: 'restore';
  readonly folder: string;
  readonly dataDirectory: string | undefined;
}

type Command = BackupCommand | RestoreCommand | { readonly kind: 'help'; readonly text: string };

const HELP = `Examples
  npm run backup -- /backups/monday
  npm run backup -- /backups/monday --without workspaces,snapshots
  npm run restore -- /backups/monday --data-dir /var/lib/spt-flow-again

npm run backup -- <folder>    makes the folder, while spt-flow runs or not
  --data-dir <path>           of the installation (as npm start has it)
  --without <names>           leave out workspaces, snapshots or both: files of workspaces on this machine
  --without-key               leave the secret key out: keep it elsewhere, nothing starts without it

npm run restore -- <folder>   fills an empty data directory, and an empty database
  --data-dir <path>           the empty directory (as npm start has it)

Both take the variables of npm start: DATABASE_URL, SPT_FLOW_SECRET_KEY, SPT_FLOW_SERVER_DATA_DIR.
`;

/** readCommand reads what the program is told; ConfigError names what is wrong. */
export function readCommand([verb, ...args]: readonly string[]): Command {
  const { values, positionals } = parse(args);
  if (values.help || (verb !== 'backup' && verb !== 'restore')) return { kind: 'help', text: HELP };
  const [folder, ...more] = positionals;
  if (folder === undefined || folder === '' || more.length > 0)
    throw new ConfigError(`Name one folder: npm run ${verb} -- /backups/monday`);
  const dataDirectory = values['data-dir'];
  if (verb === 'backup')
    return {
      ...{ kind: verb, folder, dataDirectory },
      without: readWithout(values.without),
      withoutKey: values['without-key'] === true,
    };
  if (values.without !== undefined || values['without-key'] !== undefined)
    throw new ConfigError('--without and --without-key are for npm run backup: leave them away');
  return { kind: verb, folder, dataDirectory };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'data-dir': { type: 'string' },
        without: { type: 'string' },
        'without-key': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`${words} (see npm run backup -- --help)`, { cause });
  }
}

function readWithout(text: string | undefined): Leavable[] {
  const names = text === undefined ? [] : text.split(',');
  return names.map((name) => {
    const known = LEAVABLE.find((leavable) => leavable === name);
    if (known === undefined)
      throw new ConfigError(`--without ${name}: it takes ${LEAVABLE.join(' and ')}`);
    return known;
  });
}
