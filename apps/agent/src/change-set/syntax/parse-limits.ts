import vm from 'node:vm';
import type { SyntaxProblem } from './staged-file.ts';

const MAX_PARSED_BYTES = 1024 * 1024;
const MAX_FILE_MS = 3_000;
/** Well below the time that the whole staging has. */
const MAX_TOTAL_MS = 15_000;

/** Runs a parser on a text; what it can't read within its limits is named as unchecked. */
export type LimitedParse = (
  content: Buffer,
  parse: (source: string) => SyntaxProblem,
) => SyntaxProblem;

/** Some grammars take time exponential in the depth of their input, and nothing else can interrupt JavaScript. */
export function createLimitedParse(): LimitedParse {
  const slot: { parse: () => SyntaxProblem } = { parse: () => undefined };
  const context = vm.createContext({ slot });
  const script = new vm.Script('slot.parse()');
  let leftMs = MAX_TOTAL_MS;
  return (content, parse) => {
    if (content.length > MAX_PARSED_BYTES) return { unparsed: 'larger than 1 MiB' };
    if (leftMs < 1) return { unparsed: 'reading it takes too long' };
    const source = content.toString('utf8');
    const started = performance.now();
    let problem: SyntaxProblem;
    slot.parse = () => (problem = parse(source));
    try {
      script.runInContext(context, { timeout: Math.min(MAX_FILE_MS, Math.ceil(leftMs)) });
      return problem;
    } catch (error) {
      return unparsedBy(error);
    } finally {
      leftMs -= performance.now() - started;
    }
  };
}

function unparsedBy(error: unknown): SyntaxProblem {
  if (error instanceof RangeError) return { unparsed: 'nested too deep' };
  // An error of the context's own realm on Node, where it is no instance of Error.
  if (isTimeout(error)) return { unparsed: 'reading it takes too long' };
  throw error;
}

function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
