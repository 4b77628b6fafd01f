import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { endWith, Failure } from './lib/failure.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { inRoot } from './lib/root.mjs';

const USAGE = `Usage: npm run release -- <command> [options]

Makes signed releases of the agent and the command line, in a folder that control planes serve. Keys are files; they need
not be on the same machine: carry the folder to where they are.

Commands:
  key <file>                 make a key; <file>.pub.json is what others need of it
  root <folder>              prepare who signs: the first time, or a change. --root, --targets, --snapshot and
                             --timestamp name files of public keys, each as often as there are keys; --threshold
                             root=2 says how many must sign
  build <folder>             make the programs of --version: --agent and --cli name platforms, none means all;
                             --update-root puts root metadata into the agents
  add <folder>               release what was built for --version; --returns-to names versions that those who have it may
                             go back to (the one before; 'none': no way back), --oldest-from whence one step leads here
  renew <folder>             prepare what is released today to be signed for longer
  sign <folder>              sign what was prepared with each --key
  publish <folder>           make it public with the --key of snapshot and of timestamp; again each week, to say that
                             nothing newer is held back
  check <folder>             read it as an agent does; --trust <root.json> in place of the first root

Options:
  --days <number>            until when a new root is good
`;
const EXIT_USAGE = 64;
const many = { type: 'string', multiple: true };
const one = { type: 'string' };
const OPTIONS = {
  ...{ root: many, targets: many, snapshot: many, timestamp: many, threshold: many, key: many },
  ...{ agent: many, cli: many, version: one, 'returns-to': many, 'oldest-from': one },
  ...{ days: one, trust: one, 'update-root': one, help: { type: 'boolean' } },
};

const COMMANDS = {
  async key({ place, tool }) {
    await mkdir(path.dirname(place), { recursive: true, mode: 0o700 });
    print(`Key ${await tool.makeKey(place)}: keep ${place} offline`);
  },
  async root({ place, values, tool }) {
    const { root, targets, snapshot, timestamp, days } = values;
    const thresholds = Object.fromEntries(
      (values.threshold ?? []).map((text) => text.split('=')).map(([role, n]) => [role, Number(n)]),
    );
    const keys = { root, targets, snapshot, timestamp };
    const nowMs = Date.now();
    await mkdir(place, { recursive: true });
    await tool.changeRoot(place, { keys, thresholds, nowMs, days: days && Number(days) });
    print('Prepared: sign it, then publish');
  },
  async build({ place, values }) {
    const { AGENT_TARGETS, buildRelease, CLI_TARGETS } =
      await import('./lib/release/build-release.mjs');
    const { agent, cli, 'update-root': rootFile } = values;
    const isAll = agent === undefined && cli === undefined;
    await buildRelease({
      folder: builtFor(place, values),
      version: values.version,
      agents: agent ?? (isAll ? AGENT_TARGETS : []),
      clis: cli ?? (isAll ? CLI_TARGETS : []),
      updateRoot: rootFile && (await readFile(rootFile, 'utf8')),
    });
    print(`Built in ${builtFor(place, values)}`);
  },
  async add({ place, values, tool }) {
    const folder = builtFor(place, values);
    const { files } = JSON.parse(await readFile(path.join(folder, 'files.json'), 'utf8'));
    const returns = values['returns-to'];
    const sequence = await tool.addRelease(place, {
      version: values.version,
      files: files.map((file) => ({ ...file, file: path.join(folder, file.name) })),
      returnsTo: returns?.includes('none') ? [] : returns,
      oldestFrom: values['oldest-from'],
      nowMs: Date.now(),
    });
    print(`Prepared as release ${sequence}: sign it, then publish`);
  },
  async renew({ place, tool }) {
    await tool.renewTargets(place, Date.now());
    print('Prepared: sign it, then publish');
  },
  async sign({ place, values, tool }) {
    const keys = await tool.readKeys(values.key ?? []);
    const short = await tool.signPending(place, keys);
    if (values.version !== undefined)
      await tool.signChecksums(path.join(builtFor(place, values), 'SHA256SUMS'), keys);
    print(short.length > 0 ? `Still short of signatures: ${short.join(', ')}` : 'Signed by enough');
  },
  async publish({ place, values, tool }) {
    await tool.publish(place, await tool.readKeys(values.key ?? []), Date.now());
    print('Published');
  },
  async check({ place, values, tool }) {
    const { targets, rootVersion, expires } = await tool.checkFolder(
      place,
      values.trust,
      Date.now(),
    );
    for (const { path: name, sequence, sha256 } of targets)
      print(`${sequence}  ${sha256}  ${name}`);
    print(`Root ${rootVersion}; good until ${Object.values(expires).toSorted()[0]}`);
  },
};

function builtFor(place, { version }) {
  if (version === undefined) refuse('Say which --version');
  return path.join(place, 'downloads', version);
}

async function loadTool() {
  const { bundlePrograms } = await import('./lib/bundle-programs.mjs');
  const entryPoints = ['packages/releases/src/publish/tool-commands.ts'];
  await bundlePrograms({ entryPoints, outdir: '.cache/release' });
  return import(pathToFileURL(inRoot('.cache/release/tool-commands.js')).href);
}

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return refuse(error.message);
  }
}

function refuse(words) {
  throw new Failure(`${words}\n\n${USAGE.trimEnd()}`, { exitCode: EXIT_USAGE });
}

function print(text) {
  process.stdout.write(`${text}\n`);
}

await endWith(async () => {
  const { values, positionals } = readArguments();
  const [command = '', place] = positionals;
  if (values.help) return void process.stdout.write(USAGE);
  if (!Object.hasOwn(COMMANDS, command) || place === undefined)
    refuse('Name a command and a place');
  await ensureInstalled();
  try {
    await COMMANDS[command]({ place: path.resolve(place), values, tool: await loadTool() });
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(error.message);
  }
});
