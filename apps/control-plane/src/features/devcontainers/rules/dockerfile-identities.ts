/** As the engine writes the identity of an image: the beginning of one is enough for it. */
const IDENTITY = /^(?:sha256:)?[0-9a-f]*$/i;
/** What an identity is made of; a variable may add any of the others. */
const OF_IDENTITIES = /[0-9a-fsh:]/gi;
const VARIABLE = /\$(?:\{[^}]*\}|\w+)/g;
/** Go takes the last one for a space. */
const SPACES = /[\s\u0085]+/;
const BEGINNING = /^[\s\u0085]*(?:onbuild[\s\u0085]+)*/i;
const SKIPPED_LINE = /^[\s\u0085]*(?:#.*)?$/;
const CONTINUED = [/\\[ \t]*\n/g, /`[ \t]*\n/g];
/** No name of an image is longer. */
const MAX_CHARACTERS = 1_000;
/** Nobody hands a name on more often. */
const MAX_VARIABLES = 100;
/** Arguments in which the reference implementation hands over which image features are built on. */
const OF_THE_BUILDER = '_DEV_CONTAINERS_';

type Arguments = ReadonlyMap<string, ReadonlySet<string>>;

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
  const found = CONTINUED.flatMap((continued) => {
    const lines = linesOf(dockerfile, continued);
    const known = argumentsIn(lines, args);
    const count = /<</.test(dockerfile)
      ? 0
      : lines.filter((line) => fromOf(line).length > 0).length;
    const copied = lines.flatMap(copiedFrom).filter((name) => !isStage(name, count));
    const names = [...lines.flatMap(fromOf), ...copied, ...(target === undefined ? [] : [target])];
    return names.filter((name) => mayBeIdentity(name, known));
  });
  const overriding = Object.keys(args).filter((name) => name.startsWith(OF_THE_BUILDER));
  return [...new Set([...found, ...overriding])];
}

/** Instructions, each in one line; comments and empty lines are skipped even where they continue one. */
function linesOf(dockerfile: string, continued: RegExp): string[] {
  const kept = dockerfile
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !SKIPPED_LINE.test(line))
    .join('\n');
  return kept
    .replace(continued, '')
    .replace(/["'`\\]/g, '')
    .split('\n')
    .map((line) => line.replace(BEGINNING, ''));
}

/** What a FROM begins with, and what it calls that. */
function fromOf(line: string): string[] {
  const [instruction, ...words] = line.split(SPACES);
  if (instruction?.toLowerCase() !== 'from') return [];
  const [image, , stage] = words.filter((word) => !word.startsWith('--'));
  return [image, stage].filter((word) => word !== undefined);
}

/** Images that files are copied from, or that are mounted. */
function copiedFrom(line: string): string[] {
  const isMounting = /--mount=/i.test(line);
  return line.split(SPACES).flatMap((word) => {
    const options = isMounting ? word.split(',') : [word];
    return options.flatMap((option) => {
      const at = option.toLowerCase().lastIndexOf('from=');
      const before = option.slice(0, at).toLowerCase();
      const isOption = before === '--' || (isMounting && (before === '' || before === '--mount='));
      return at !== -1 && isOption ? [option.slice(at + 'from='.length)] : [];
    });
  });
}

/** All values that they have anywhere. */
function argumentsIn(lines: readonly string[], given: Readonly<Record<string, string>>): Arguments {
  const known = new Map<string, Set<string>>();
  const add = (name: string, value: string) => {
    known.set(name, (known.get(name) ?? new Set()).add(value));
  };
  for (const [name, value] of Object.entries(given)) add(name, value);
  for (const line of lines.filter((each) => /^arg\b/i.test(each)))
    for (const word of line.split(SPACES)) {
      const [name = '', ...value] = word.split('=');
      if (value.length > 0) add(name, value.join('='));
    }
  return known;
}

/** Each variable is looked at once: what has been is none, or it would have been found. */
function mayBeIdentity(name: string, known: Arguments, seen = new Set<string>()): boolean {
  if (name.length > MAX_CHARACTERS) return true;
  const literal = name.replace(VARIABLE, '');
  if (literal === name) return name !== '' && IDENTITY.test(name);
  // Of what is left of one expansion in another, nobody can say whether it stays.
  if (/[{}$]/.test(literal)) return true;
  if (literal.replace(OF_IDENTITIES, '') !== '') return false;
  const [, variable] = /^\$\{?(\w+)\}?$/.exec(name) ?? [];
  // Of one that is more than the value of a variable nobody can say what it comes to.
  if (variable === undefined || seen.size > MAX_VARIABLES) return true;
  if (seen.has(variable)) return false;
  seen.add(variable);
  const values = known.get(variable);
  return !values || [...values].some((value) => mayBeIdentity(value, known, seen));
}

/** By its number. */
function isStage(name: string, count: number): boolean {
  return /^\d{1,3}$/.test(name) && Number(name) < count;
}
