export const MAX_SECRET_NAME_CHARACTERS = 128;
/** A variable of the environment may be four times as long; what is longer belongs into a file of the person's own. */
export const MAX_SECRET_BYTES = 32 * 1024;
export const MAX_SECRETS_OF_SCOPE = 100;
/** Of all secrets of a workspace together: the environment of a process has its end too. */
export const MAX_SECRETS_BYTES = 256 * 1024;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What decides which programs run, or what they load, would let whoever sets a secret run programs of their own. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/^(?:PATH|SHELL|HOME|USER|LOGNAME|PWD|OLDPWD|TMPDIR|TERM|HOSTNAME)$/, 'the workspace sets it'],
  [/^XDG_/, 'the workspace sets it'],
  [/^(?:LD|DYLD)_/, 'it makes programs load other code'],
  [/^(?:BASH_ENV|ENV|IFS|PROMPT_COMMAND|PS4)$/, 'it makes shells run other code'],
  [
    /^(?:NODE_OPTIONS|PYTHONPATH|PYTHONHOME|PYTHONSTARTUP|PERL5OPT|PERL5LIB|RUBYOPT|RUBYLIB|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|BUN_OPTIONS)$/,
    'it makes programs load other code',
  ],
  [/^GIT_(?:CONFIG|SSH|EXEC_PATH|ASKPASS|PROXY_COMMAND|EXTERNAL_DIFF)/, 'git would run other code'],
  [/^SSH_/, 'the connection sets it'],
  [/^PORT$/, 'the app is told its port by it'],
  [/^SPT_FLOW_/, 'spt-flow itself uses such names'],
];

/** secretNameFault says why a name can't be a secret's; undefined: it can. */
export function secretNameFault(name: string): string | undefined {
  if (name.length > MAX_SECRET_NAME_CHARACTERS)
    return `The name is longer than ${MAX_SECRET_NAME_CHARACTERS} characters`;
  if (!NAME.test(name))
    return 'The name has to be one of a variable: letters, digits and _, no digit first';
  const refused = REFUSED.find(([pattern]) => pattern.test(name.toUpperCase()));
  return refused && `${name} can't be a secret: ${refused[1]}`;
}

/** secretValueFault says why a value can't be a secret's; undefined: it can. */
export function secretValueFault(value: string): string | undefined {
  if (value === '') return 'The value is empty: delete the secret instead';
  if (value.includes('\0')) return 'The value holds a NUL character, which no variable can';
  const bytes = new TextEncoder().encode(value).length;
  return bytes > MAX_SECRET_BYTES
    ? `The value has ${bytes} bytes, and ${MAX_SECRET_BYTES} is the most`
    : undefined;
}
