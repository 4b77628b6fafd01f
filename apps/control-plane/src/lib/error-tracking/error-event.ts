import { redact } from '../redact.ts';

/** Sentry cuts longer ones. */
const MAX_VALUE_CHARACTERS = 2_000;
const MAX_CAUSES = 8;
const HIDDEN = '[hidden]';
/** Shorter values would hide ordinary words. */
const MIN_SECRET_CHARACTERS = 8;
const EMAIL_ADDRESS = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g;
/** What a statement was about follows it. */
const STATEMENT_PARAMETERS = /^params:[\s\S]*/m;
const FRAME = /^\s*at (?:(.+?) \()?(?:file:\/\/)?(.+?):(\d+):(\d+)\)?$/;

export interface ErrorReport {
  readonly error: Error;
  /** What the log says of it. */
  readonly message: string | undefined;
  readonly correlationId: string | undefined;
}

export interface ErrorEventDeps {
  readonly release: string;
  /** Values that are nowhere in what is sent. */
  readonly secrets: readonly string[];
}

/** createErrorEvents tells an error as Sentry's protocol does, without what is secret or somebody's. */
export function createErrorEvents({ release, secrets }: ErrorEventDeps) {
  const known = secrets.filter(({ length }) => length >= MIN_SECRET_CHARACTERS);

  function clean(text: string): string {
    const without = known.reduce((left, secret) => left.replaceAll(secret, HIDDEN), text);
    return redact(without.replace(STATEMENT_PARAMETERS, `params: ${HIDDEN}`))
      .replace(EMAIL_ADDRESS, HIDDEN)
      .slice(0, MAX_VALUE_CHARACTERS);
  }

  return ({ error, message, correlationId }: ErrorReport) => ({
    platform: 'node' as const,
    level: 'error' as const,
    release: `spt-flow@${release}`,
    ...(message !== undefined && { logentry: { formatted: clean(message) } }),
    ...(correlationId !== undefined && { tags: { correlation_id: correlationId } }),
    exception: {
      // The cause of all comes first.
      values: chainOf(error)
        .map((link) => ({
          type: link.name,
          value: clean(link.message),
          stacktrace: { frames: framesOf(link.stack ?? '') },
        }))
        .toReversed(),
    },
  });
}

function chainOf(error: Error): Error[] {
  const chain = [error];
  for (let { cause } = error; cause instanceof Error; { cause } = cause) {
    if (chain.length === MAX_CAUSES || chain.includes(cause)) break;
    chain.push(cause);
  }
  return chain;
}

/** The oldest call first. */
function framesOf(stack: string) {
  return stack
    .split('\n')
    .flatMap((line) => {
      const [, name, file, line_, column] = FRAME.exec(line) ?? [];
      if (file === undefined) return [];
      return {
        function: name ?? '<anonymous>',
        filename: withoutHome(file),
        lineno: Number(line_),
        colno: Number(column),
        in_app: !/node_modules|^node:/.test(file),
      };
    })
    .toReversed();
}

/** Where somebody installed it says who they are. */
function withoutHome(file: string): string {
  return file.replace(/^.*?\/(?=(?:apps|packages|node_modules)\/)/, '').replace(/^\/.*\//, '');
}
