import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

const LABELS = [
  'org.opencontainers.image.title',
  'org.opencontainers.image.description',
  'org.opencontainers.image.licenses',
  'org.opencontainers.image.version',
  'org.opencontainers.image.revision',
  'ManagedBy',
];
/** What holds for each single instruction: what is wrong where the pattern is found. */
const REFUSED = [
  [/^ADD\s/, 'ADD fetches and unpacks unseen: use COPY'],
  [
    /^(RUN|COPY)\s+--(mount|network|security|chmod|link|parents|exclude)\b/,
    'only BuildKit understands it',
  ],
  [/^(RUN|COPY)\s.*<<-?\s*["']?\w+/, 'only BuildKit understands it'],
  [
    /^RUN\b.*\b(curl|wget)\s.*https?:/s,
    'downloads what nobody vouches for: use a registry with sums',
  ],
  [/^RUN\b.*\bapt-get\s+(dist-)?upgrade\b/s, 'takes whatever there is today'],
  [
    /^RUN\b.*\bapt-get\s+install\b(?!.*--no-install-recommends)/s,
    'installs what is only recommended',
  ],
  [
    /^RUN\b.*\bapt-get\s+install\b(?!.*rm -rf [^\n]*\/var\/lib\/apt\/lists)/s,
    'keeps the lists of packages',
  ],
  [/^RUN\b.*\bnpm\s+(i|install|add)\b/s, 'installs without a lock file: use npm ci'],
  [/^RUN\b.*\bpip3?\s+install\s+(?!.*--require-hashes)/s, 'installs without sums'],
  [/^(ARG|ENV)\s.*\b\w*(TOKEN|PASSWORD|SECRET|_KEY)\w*\s*=/s, 'has a secret in its layers'],
];

/** imageProblems looks at every Dockerfile of the folder, which has one folder for each image. */
export async function imageProblems(folder) {
  const files = (await readdir(folder, { recursive: true }))
    .filter((file) => /^Dockerfile(\..+)?$/.test(path.basename(file)))
    .toSorted();
  const problems = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(path.join(folder, file), 'utf8');
      return dockerfileProblems(text).map((problem) => `images/${file}: ${problem}`);
    }),
  );
  return problems.flat();
}

/** dockerfileProblems finds what builds and nobody wants: moving versions, root, downloads, missing labels. */
function dockerfileProblems(text) {
  const instructions = instructionsOf(text);
  const last = instructions.findLastIndex((instruction) => /^FROM\s/.test(instruction));
  if (last === -1) return ['has no FROM'];
  return [
    ...(/^#\s*syntax\s*=/im.test(text) ? ['fetches a frontend: leave `syntax` out'] : []),
    ...baseProblems(instructions),
    ...instructions.flatMap(refused),
    ...resultProblems(instructions.slice(last)),
  ];
}

/** Comments between continued lines belong to nobody. */
function instructionsOf(text) {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim());
}

function refused(instruction) {
  return REFUSED.filter(([pattern]) => pattern.test(instruction)).map(
    ([, why]) => `'${instruction.slice(0, 60)}' ${why}`,
  );
}

function baseProblems(instructions) {
  const stages = new Set(['scratch']);
  const problems = [];
  for (const instruction of instructions) {
    const [, image, stage] =
      /^FROM\s+(?:--\S+\s+)?(\S+)(?:\s+AS\s+(\S+))?$/i.exec(instruction) ?? [];
    if (image === undefined) continue;
    const argument = /^\$\{(\w+)\}$/.exec(image)?.[1];
    const named = argument ? defaultOf(instructions, argument) : image;
    if (!stages.has(named) && !isPinned(named)) problems.push(`stands on '${named}', which moves`);
    if (stage) stages.add(stage);
  }
  for (const instruction of instructions) {
    const from = /^COPY\s+--from=(\S+)/.exec(instruction)?.[1];
    if (from && !stages.has(from)) problems.push(`copies from '${from}', which is no stage of it`);
  }
  return problems;
}

function defaultOf(instructions, argument) {
  const found = instructions.find((instruction) => instruction.startsWith(`ARG ${argument}=`));
  return found?.slice(`ARG ${argument}=`.length) ?? '';
}

function isPinned(image) {
  return /@sha256:[0-9a-f]{64}$/.test(image) || /:[^/:]*\d[^/:]*$/.test(image);
}

/** What the image itself will be like: its last stage. */
function resultProblems(instructions) {
  const problems = [];
  const user = instructions.findLast((instruction) => instruction.startsWith('USER '));
  if (!user || /^USER\s+(0|root)(:|$|\s)/.test(user)) problems.push('runs as root');
  const labels = instructions.filter((instruction) => instruction.startsWith('LABEL ')).join(' ');
  for (const label of LABELS)
    if (!labels.includes(`${label}="`)) problems.push(`has no label ${label}`);
  const serves = instructions.some((instruction) => instruction.startsWith('EXPOSE '));
  const isWatched = instructions.some((instruction) => /^HEALTHCHECK\s(?!NONE)/.test(instruction));
  if (serves && !isWatched) problems.push('serves, and has no HEALTHCHECK');
  const starts = instructions.filter((instruction) =>
    /^(CMD|ENTRYPOINT|HEALTHCHECK)\s/.test(instruction),
  );
  for (const start of starts)
    if (!/\[/.test(start))
      problems.push(`'${start.slice(0, 60)}' puts a shell between signal and program`);
  return problems;
}
