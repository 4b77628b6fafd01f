import { parseArgs } from 'node:util';
import { endWith, Failure } from './lib/failure.mjs';
import { buildImage, defaultOf, IMAGES, reportImage, tagOf } from './lib/images/images.mjs';
import { localBases, trustingBase } from './lib/images/local-bases.mjs';
import { TRIALS } from './lib/images/trials.mjs';

const USAGE = `Usage: npm run images -- <image>… [options]

Builds images with Docker or Podman, and prints size and layers: ${Object.keys(IMAGES).join(', ')}

Options:
  --tag <name>           name of the image; without it spt-flow/<image>:<version>
  --base <image>         what the image stands on, in place of what its Dockerfile names
  --build-base <image>   the same for the stages that build
  --local                makes both of this machine's Debian packages and npm's Node.js, without a registry of images
  --ca-file <bundle>     authorities that the building stages trust: for networks that read TLS
  --try                  starts what was built and looks at it; all images where none is named
`;
const EXIT_USAGE = 64;

await endWith(async () => {
  const { names, options } = readArguments();
  if (options.help) return void process.stdout.write(USAGE);
  const local = options.local ? await localBases() : undefined;
  for (const name of names) {
    const tag = options.tag ?? (await tagOf(name));
    await buildImage({ name, tag, bases: await basesOf(name, { ...options, local }) });
    await reportImage(tag);
    if (options.try) await tryImage(name, tag);
  }
});

function readArguments() {
  const text = { type: 'string' };
  const flag = { type: 'boolean' };
  const options = {
    ...{ tag: text, base: text, 'build-base': text, 'ca-file': text },
    ...{ local: flag, try: flag, help: flag },
  };
  const { values, positionals } = parse({ options, allowPositionals: true });
  const unknown = positionals.find((name) => !Object.hasOwn(IMAGES, name));
  if (unknown) refuse(`There is no image '${unknown}'`);
  if (positionals.length === 0 && !values.help && !values.try) refuse('Name an image');
  const names = positionals.length > 0 ? positionals : Object.keys(IMAGES);
  if (names.length > 1 && (values.tag || values.base))
    refuse('--tag and --base are for one image at a time');
  return { names, options: values };
}

function parse(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    return refuse(error.message);
  }
}

function refuse(words) {
  throw new Failure(`${words}\n\n${USAGE.trimEnd()}`, { exitCode: EXIT_USAGE });
}

/** What the Dockerfile is told; nothing where its own defaults hold. */
async function basesOf(name, { local, base, 'build-base': chosen, 'ca-file': caFile }) {
  const finalBase = base ?? local?.[IMAGES[name].base];
  const plain = chosen ?? local?.node ?? (caFile && (await defaultOf(name, 'BUILD_BASE')));
  const buildBase = plain && caFile ? await trustingBase(plain, caFile) : plain;
  const takes = async (argument) => (await defaultOf(name, argument)) !== undefined;
  if (base && !(await takes('BASE'))) refuse(`'${name}' stands on nothing`);
  return {
    ...(finalBase && (await takes('BASE')) && { BASE: finalBase }),
    ...(buildBase && (await takes('BUILD_BASE')) && { BUILD_BASE: buildBase }),
  };
}

async function tryImage(name, tag) {
  const problems = await TRIALS[name](tag);
  if (problems.length > 0) throw new Failure(`'${name}' failed:\n${problems.join('\n')}`);
  process.stdout.write(`${tag} was tried\n`);
}
