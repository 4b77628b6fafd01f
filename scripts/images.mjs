import { parseArgs } from 'node:util';
import { endWith, Failure } from './lib/failure.mjs';
import { basesOf } from './lib/images/bases.mjs';
import { writeBill } from './lib/images/bill/bill.mjs';
import { billProblems } from './lib/images/bill/trial.mjs';
import { buildImage, engineOutput, IMAGES, reportImage, tagOf } from './lib/images/images.mjs';
import { localBases } from './lib/images/local-bases.mjs';
import { differences } from './lib/images/sameness.mjs';
import { TRIALS } from './lib/images/trials.mjs';

const USAGE = `Usage: npm run images -- <image>… [options]

Builds images with Docker, else Podman (or what CONTAINER_ENGINE names), prints size and layers, and writes what is in
each to dist/images:
${Object.keys(IMAGES).join(', ')}

Options:
  --tag <name>           name of the image; without it spt-flow/<image>:<version>
  --base <image>         what the image stands on, in place of what its Dockerfile names
  --build-base <image>   the same for the stages that build
  --local                makes both of this machine's Debian packages and npm's Node.js, without a registry of images
  --ca-file <bundle>     authorities that the building stages trust: for networks that read TLS
  --try                  starts what was built and looks at it; all images where none is named
  --twice                builds each once more, without anything that is cached, and compares the files
`;
const EXIT_USAGE = 64;

await endWith(async () => {
  const { names, options } = readArguments();
  if (options.help) return void process.stdout.write(USAGE);
  const local = options.local ? await localBases() : undefined;
  const { base, 'build-base': buildBase, 'ca-file': caFile } = options;
  for (const name of names) {
    const tag = options.tag ?? (await tagOf(name));
    const bases = await basesOf(name, { local, base, buildBase, caFile });
    await buildImage({ name, tag, bases });
    await reportImage(tag);
    process.stdout.write(`What is in it: ${await writeBill(name, tag)}\n`);
    if (options.try) await tryImage(name, tag);
    if (options.twice) await buildAgain({ name, tag, bases });
  }
});

function readArguments() {
  const text = { type: 'string' };
  const flag = { type: 'boolean' };
  const options = {
    ...{ tag: text, base: text, 'build-base': text, 'ca-file': text },
    ...{ local: flag, try: flag, twice: flag, help: flag },
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

async function tryImage(name, tag) {
  const problems = [...(await billProblems(name, tag)), ...(await TRIALS[name](tag))];
  if (problems.length > 0) throw new Failure(`'${name}' failed:\n${problems.join('\n')}`);
  process.stdout.write(`${tag} was tried\n`);
}

async function buildAgain({ name, tag, bases }) {
  const again = `${tag}-again`;
  await buildImage({ name, tag: again, bases, isFresh: true });
  const { count, differing } = await differences(tag, again);
  await engineOutput('rmi', again);
  if (differing.length > 0)
    throw new Failure(`Two builds of '${name}' differ in:\n${differing.join('\n')}`);
  process.stdout.write(`${count} files are the same in a second build\n`);
}
