import type { Environment } from '../runtime/spawn-group.ts';

/**
 * withCredentialHelper has git ask the agent when nothing else in its configuration knows an answer. The environment
 * says so and no file: the user's and the repository's own helpers stay, and are asked first.
 */
export function withCredentialHelper(
  environment: Environment,
  helper: readonly string[],
): Environment {
  const count = Number(environment['GIT_CONFIG_COUNT'] ?? 0);
  const index = Number.isInteger(count) && count >= 0 ? count : 0;
  return {
    ...environment,
    GIT_CONFIG_COUNT: String(index + 1),
    [`GIT_CONFIG_KEY_${index}`]: 'credential.helper',
    [`GIT_CONFIG_VALUE_${index}`]: `!${helper.map(quoted).join(' ')}`,
  };
}

/** For the shell that git runs helpers in. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
