import { posix } from 'node:path';
import { invalid, isInside, type ReadText } from '../reading/index.ts';
import type { Rule } from '../rules/index.ts';
import { parseEnvFile } from './env-file.ts';
import { interpolate, type ComposeVariables } from './interpolate.ts';
import {
  isList,
  isLocatedMap,
  mapOf,
  mapTexts,
  parseLocated,
  textOf,
  type Located,
  type Place,
} from '../../../lib/located-yaml.ts';
import { mergeCompose } from './merge.ts';

const MAX_FILES = 50;

export interface ComposeSource {
  /** `dockerComposeFile`, relative to the project, with where it says so. */
  readonly files: readonly { readonly path: string; readonly place: Place }[];
  readonly readText: ReadText;
  readonly localEnv: ComposeVariables;
  /** Throws: without its files the rest can't be judged. */
  readonly refuse: (rule: Rule, place: Place, problem: string) => never;
}

/** ComposeModel is what all files say together: nothing in it refers to another file any more. */
export interface ComposeModel {
  readonly root: Located;
  readonly variables: ComposeVariables;
  /** Variables that stand for nothing. */
  readonly missing: ReadonlySet<string>;
  /** Files that it was made of. */
  readonly paths: ReadonlySet<string>;
  /** Path relative to the project of what a value at a place calls a path; undefined: it is not relative. */
  locate(place: Place, path: string): string | undefined;
  readText: ReadText;
}

/** loadCompose reads Compose files and what they include and extend, and replaces their variables. */
export async function loadCompose(source: ComposeSource): Promise<ComposeModel> {
  const loader = new Loader(source);
  const root = await loader.loadProject();
  return {
    root,
    ...{ variables: loader.variables, missing: loader.missing, paths: loader.paths },
    locate: (place, path) => relativePath(loader.baseOf(place.file), path),
    readText: (path) => loader.readText(path),
  };
}

class Loader {
  readonly missing = new Set<string>();
  readonly paths = new Set<string>();
  variables: ComposeVariables = {};
  readonly #source: ComposeSource;
  /** Of each file: what its relative paths start from. */
  readonly #bases = new Map<string, string>();
  readonly #documents = new Map<string, Located>();

  constructor(source: ComposeSource) {
    this.#source = source;
  }

  baseOf(file: string): string {
    return this.#bases.get(file) ?? posix.dirname(file);
  }

  async readText(path: string): Promise<string | undefined> {
    this.paths.add(path);
    return this.#source.readText(path);
  }

  async loadProject(): Promise<Located> {
    const { files, localEnv } = this.#source;
    const [first] = files;
    if (!first) throw new Error('a project has at least one file');
    const base = posix.dirname(first.path);
    const envFile = posix.join(base, '.env');
    const text = await this.readText(envFile);
    this.variables = { ...(text !== undefined && parseEnvFile(envFile, text)), ...localEnv };
    return this.#loadSet(files, base, []);
  }

  async #loadSet(
    files: ComposeSource['files'],
    base: string,
    trail: readonly string[],
  ): Promise<Located> {
    let merged: Located | undefined;
    for (const { path, place } of files) {
      if (trail.includes(path)) throw invalid(place, `"${path}" includes itself`);
      this.#bases.set(path, base);
      merged = mergeCompose(merged, await this.#loadFile(path, place, [...trail, path]));
    }
    if (!merged) throw new Error('a set has at least one file');
    return merged;
  }

  async #loadFile(path: string, place: Place, trail: readonly string[]): Promise<Located> {
    const document = await this.#document(path, place);
    const root = mapOf(document, 'a Compose file', invalid);
    const services = root.get('services');
    const own = new Map(root);
    own.delete('include');
    if (services) {
      const extended = new Map<string, Located>();
      for (const name of mapOf(services, '"services"', invalid).keys())
        extended.set(name, await this.#service(path, name, []));
      own.set('services', { place: services.place, value: extended });
    }
    const itself: Located = { place: document.place, value: own };
    const included = await this.#included(root.get('include'), trail);
    return included ? mergeCompose(included, itself) : itself;
  }

  async #included(
    include: Located | undefined,
    trail: readonly string[],
  ): Promise<Located | undefined> {
    let merged: Located | undefined;
    for (const item of isList(include?.value) ? include.value : []) {
      const paths = pathsOf(item).map((one) => ({
        place: item.place,
        path: this.#path(one, item.place),
      }));
      const [first] = paths;
      if (!first) throw invalid(item.place, 'an include is a path, or a map with "path"');
      merged = mergeCompose(merged, await this.#loadSet(paths, posix.dirname(first.path), trail));
    }
    return merged;
  }

  /** A service with everything that it extends. */
  async #service(file: string, name: string, trail: readonly string[]): Promise<Located> {
    const document = mapOf(await this.#document(file), 'a Compose file', invalid);
    const services = document.get('services');
    const service = services && mapOf(services, '"services"', invalid).get(name);
    if (!service)
      throw invalid(
        services?.place ?? { file, line: 1, column: 1 },
        `there is no service "${name}"`,
      );
    const values = new Map(mapOf(service, `the service "${name}"`, invalid));
    const extended = values.get('extends');
    values.delete('extends');
    const own: Located = { place: service.place, value: values };
    if (!extended) return own;
    const key = `${file}#${name}`;
    if (trail.includes(key)) throw invalid(extended.place, `"${name}" extends itself`);
    const { value, place } = extended;
    const from = isLocatedMap(value) ? value.get('file') : undefined;
    const of = isLocatedMap(value) ? value.get('service') : extended;
    const other = from === undefined ? file : this.#path(textOf(from), place);
    const base = await this.#service(other, textOf(of), [...trail, key]);
    return mergeCompose(base, own);
  }

  async #document(path: string, place?: Place): Promise<Located> {
    const known = this.#documents.get(path);
    if (known) return known;
    if (this.#documents.size >= MAX_FILES)
      throw invalid(
        place ?? { file: path, line: 1, column: 1 },
        `there are more than ${MAX_FILES} Compose files`,
      );
    const text = await this.readText(path);
    if (text === undefined)
      throw invalid(place ?? { file: path, line: 1, column: 1 }, `there is no file "${path}"`);
    const document = mapTexts(parseLocated(path, text, invalid), (value, at) =>
      interpolate(value, at, {
        variables: this.variables,
        onMissing: (name) => this.missing.add(name),
      }),
    );
    this.#documents.set(path, document);
    return document;
  }

  #path(path: string, place: Place): string {
    const found = relativePath(this.baseOf(place.file), path);
    if (found !== undefined && isInside(found)) return found;
    return this.#source.refuse(
      'compose-file',
      place,
      `"${path}", which is no file of the repository,`,
    );
  }
}

function pathsOf({ value }: Located): string[] {
  const path = isLocatedMap(value) ? value.get('path') : undefined;
  if (isList(path?.value)) return path.value.map(textOf);
  if (path) return [textOf(path)];
  return typeof value === 'string' ? [value] : [];
}

/** relativePath joins paths; undefined: it is absolute, or on another machine. */
function relativePath(base: string, path: string): string | undefined {
  if (posix.isAbsolute(path) || path.startsWith('~') || /^[a-z][a-z0-9+.-]*:|^git@/i.test(path))
    return undefined;
  return posix.normalize(posix.join(base, path)).replace(/(?<=.)\/$/, '');
}
