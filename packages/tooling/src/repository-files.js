const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const PASCAL_CASE = /^[A-Z][A-Za-z0-9]*$/;
/** `ProjectCard.test.ts` sits beside `ProjectCard.vue`. */
const COMPONENT_TEST = /^[A-Z][A-Za-z0-9]*\.test\.ts$/;
const FREELY_NAMED = [
  /^[A-Z_]+(\.[a-z]+)*$/, // LICENSE, README.md
  /^Makefile$|^Dockerfile(\..+)?$|^Containerfile$|^Caddyfile$|^Chart\.yaml$/,
  /^\./, // dot files
  /^\d{4}_\w+\.(sql|json)$|^_journal\.json$/, // migrations
  /^_[a-z]+(\.tpl)?$/,
];

/** badNames finds files and folders that are not kebab-case, and Vue components that are not PascalCase. */
export function badNames(files) {
  return files
    .filter((file) => !/\/(app-templates|__snapshots__)\//.test(file))
    .flatMap((file) => {
      const bad = file
        .split('/')
        .find((part, index, parts) => !isGoodName(part, index === parts.length - 1));
      return bad === undefined
        ? []
        : [`${file}: '${bad}' should be ${bad.endsWith('.vue') ? 'PascalCase' : 'kebab-case'}`];
    });
}

function isGoodName(part, isFile) {
  if (FREELY_NAMED.some((pattern) => pattern.test(part))) return true;
  if (!isFile) return KEBAB_CASE.test(part);
  if (part.endsWith('.vue')) return PASCAL_CASE.test(part.slice(0, -'.vue'.length));
  return COMPONENT_TEST.test(part) || part.split('.').every((piece) => KEBAB_CASE.test(piece));
}

const TEST_FILE = /\.test\.[cm]?[jt]s$|\/test\//;
/** What ties the repository to one place. The home of containers is the same everywhere; packages come from wherever the user's npm looks; tests make up homes. */
const PLACES = [
  {
    what: 'a package registry',
    pattern:
      /\b(registry\.(npmjs|yarnpkg)|artifactory|verdaccio|proxy\.golang)\.[a-z]+|\bpypi\.org\/simple/i,
  },
  {
    what: 'a folder of one machine',
    pattern: /(?<![\w.$}~-])\/(home\/(?!(?:workspace|node)\b)[a-z]\w*|Users\/[a-z]\w*|work)\/[\w.]/,
    notInTests: true,
  },
];
const DISABLED_WITHOUT_REASON = /eslint-disable(-next-line|-line)?\b(?!.* -- \S)/;

/** badContents finds lines that name a place outside the repository, or silence the linter without a reason; declarations are generated. */
export function badContents(file, text) {
  if (file.endsWith('.d.ts')) return [];
  return text.split('\n').flatMap((line, index) => {
    const where = `${file}:${index + 1}`;
    const places = PLACES.filter(
      ({ pattern, notInTests }) => pattern.test(line) && !(notInTests && TEST_FILE.test(file)),
    ).map(({ what }) => `${where} names ${what}`);
    return DISABLED_WITHOUT_REASON.test(line)
      ? [...places, `${where} gives no reason after '--'`]
      : places;
  });
}

/**
 * missingFromLock finds optional packages (one for each platform) that the lock file does not hold:
 * `npm ci` refuses such a file, or leaves other platforms without them.
 */
export function missingFromLock(lock) {
  const held = new Set(
    Object.keys(lock.packages).map((location) => location.split('node_modules/').at(-1)),
  );
  const wanted = Object.values(lock.packages).flatMap((entry) =>
    Object.keys(entry.optionalDependencies ?? {}),
  );
  return wanted
    .filter((name) => !held.has(name))
    .map((name) => `package-lock.json: '${name}' is missing`);
}
