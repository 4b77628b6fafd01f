/** Variables are what `${…}` in a devcontainer.json stands for. */
export interface Variables {
  /** The computer's own variables: only what `localEnv` may show. */
  readonly localEnv: Readonly<Record<string, string | undefined>>;
  /** Undefined: not known yet, the text stays for a later substitution. */
  readonly containerEnv: Readonly<Record<string, string | undefined>> | undefined;
  readonly localWorkspaceFolder: string;
  /** Undefined: not known yet. */
  readonly containerWorkspaceFolder: string | undefined;
  readonly devcontainerId: string;
}

/** Nothing of the control plane's environment is a workspace's business, its language and time zone excepted. */
const SHOWN_VARIABLES = ['LANG', 'LC_ALL', 'TZ'] as const;

/** shownEnvironment picks what `localEnv` may show. */
export function shownEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Variables['localEnv'] {
  return Object.fromEntries(SHOWN_VARIABLES.map((name) => [name, environment[name]]));
}

/** substitute replaces variables in every text of a value, once: what they stand for is not looked at again. */
export function substitute<T>(value: T, variables: Variables): T;
export function substitute(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return substituteText(value, variables);
  if (Array.isArray(value)) return value.map((item: unknown) => substitute(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [
      key,
      substitute(item, variables),
    ]),
  );
}

function substituteText(text: string, variables: Variables): string {
  return text.replace(/\$\{([^{}]*)\}/g, (whole, inside: string) => {
    const [kind = '', name = '', ...fallback] = inside.split(':');
    return replacement(variables, { kind, name, fallback: fallback.join(':') }) ?? whole;
  });
}

/** Undefined: it is not ours to replace, e.g. a variable of the shell. */
function replacement(
  variables: Variables,
  { kind, name, fallback }: { kind: string; name: string; fallback: string },
): string | undefined {
  const { localWorkspaceFolder, containerWorkspaceFolder } = variables;
  switch (kind) {
    case 'env':
    case 'localEnv':
      return ownValue(variables.localEnv, name) ?? fallback;
    case 'containerEnv':
      return variables.containerEnv && (ownValue(variables.containerEnv, name) ?? fallback);
    case 'localWorkspaceFolder':
      return localWorkspaceFolder;
    case 'localWorkspaceFolderBasename':
      return baseName(localWorkspaceFolder);
    case 'containerWorkspaceFolder':
      return containerWorkspaceFolder;
    case 'containerWorkspaceFolderBasename':
      return containerWorkspaceFolder && baseName(containerWorkspaceFolder);
    case 'devcontainerId':
      return variables.devcontainerId;
    default:
      return undefined;
  }
}

function ownValue(
  values: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function baseName(folder: string): string {
  return folder.split('/').findLast((part) => part !== '') ?? '';
}
