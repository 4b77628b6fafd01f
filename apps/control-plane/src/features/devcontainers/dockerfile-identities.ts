/** As the engine writes the identity of an image: the beginning of one is enough for it. */
const IDENTITY = /^(?:sha256:)?[0-9a-f]*$/i;
/** What an identity is made of; a variable may add any of the others. */
const OF_IDENTITIES = /[0-9a-fsh:]/gi;
const VARIABLE = /\$(?:\{[^}]*\}|\w+)/g;
/** Go takes the last one for a space. */
const SPACES = String.raw`[\s\u0085]`;
const SKIPPED_LINE = new RegExp(`^${SPACES}*(?:#.*)?$`);
const MAX_DEPTH = 8;
/** Arguments in which the reference implementation hands over which image features are built on. */
const OF_THE_BUILDER = '_DEV_CONTAINERS_';

type Arguments = ReadonlyMap<string, readonly string[]>;

/**
 * identitiesIn finds the names in a Dockerfile by which the engine could mean an image of somebody else: it takes the
 * beginning of an identity for a name. INVARIANT: this is no parser of Dockerfiles. It errs on one side, and takes for an
 * image what some builder might: with both characters that continue a line, without quotes, and whatever variables hold.
 */
export function identitiesIn(
  dockerfile: string,
  {
    args = {},
    target,
  }: { args?: Readonly<Record<string, string>> | undefined; target?: string | undefined },
): string[] {
  const found = ['\\', '`'].flatMap((escape) => {
    const lines = linesOf(dockerfile, escape);
    const known = argumentsIn(lines, args);
    const stages = /<</.test(dockerfile) ? 0 : lines.filter((line) => fromOf(line)).length;
    return [...lines.flatMap(namesIn), ...(target === undefined ? [] : [target])].filter(
      (name) => mayBeIdentity(name, known) && !isStage(name, stages),
    );
  });
  const overriding = Object.keys(args).filter((name) => name.startsWith(OF_THE_BUILDER));
  return [...new Set([...found, ...overriding])];
}

/** Instructions, each in one line; comments and empty lines are skipped even where they continue one. */
function linesOf(dockerfile: string, escape: string): string[] {
  const kept = dockerfile
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !SKIPPED_LINE.test(line))
    .join('\n');
  const continued = new RegExp(`${escape === '\\' ? String.raw`\\` : escape}[ \\t]*\\n`, 'g');
  return kept
    .replace(continued, '')
    .replace(/["'`\\]/g, '')
    .split('\n')
    .map((line) => line.replace(new RegExp(`^${SPACES}*(?:onbuild${SPACES}+)*`, 'i'), ''));
}

/** What a FROM begins with, and what it calls that. */
function fromOf(line: string): string[] | undefined {
  const words = line.split(new RegExp(`${SPACES}+`));
  if (words[0]?.toLowerCase() !== 'from') return undefined;
  const [image, , stage] = words.slice(1).filter((word) => !word.startsWith('--'));
  return [image, stage].filter((word) => word !== undefined);
}

function namesIn(line: string): string[] {
  const named = [
    ...line.matchAll(/--from=(\S*)/gi),
    ...line.matchAll(/--mount=\S*?\bfrom=([^\s,]*)/gi),
  ];
  return [...(fromOf(line) ?? []), ...named.map(([, name = '']) => name)];
}

function argumentsIn(lines: readonly string[], given: Readonly<Record<string, string>>): Arguments {
  const known = new Map(Object.entries(given).map(([name, value]) => [name, [value]]));
  for (const line of lines.filter((each) => /^arg\b/i.test(each)))
    for (const [, name = '', value = ''] of line.matchAll(/(\w+)=(\S*)/g))
      known.set(name, [...(known.get(name) ?? []), value]);
  return known;
}

function mayBeIdentity(name: string, known: Arguments, depth = 0): boolean {
  const literal = name.replace(VARIABLE, '');
  if (literal === name) return name !== '' && IDENTITY.test(name);
  // Of what is left of one expansion in another, nobody can say whether it stays.
  if (/[{}$]/.test(literal)) return true;
  if (literal.replace(OF_IDENTITIES, '') !== '') return false;
  const [, variable] = /^\$\{?(\w+)\}?$/.exec(name) ?? [];
  // Of one that is more than the value of a variable nobody can say what it comes to.
  if (variable === undefined || depth > MAX_DEPTH) return true;
  const values = known.get(variable);
  return !values || values.some((value) => mayBeIdentity(value, known, depth + 1));
}

/** By its number. */
function isStage(name: string, count: number): boolean {
  return /^\d{1,3}$/.test(name) && Number(name) < count;
}
