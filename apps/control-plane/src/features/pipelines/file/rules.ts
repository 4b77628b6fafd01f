import { isList, type Located } from '../../../lib/located-yaml.ts';
import {
  booleanIn,
  invalid,
  mapIn,
  oneOf,
  refuseUnknown,
  textIn,
  type Named,
} from './invalid-pipeline.ts';
import { WHEN, type When } from './pipeline-job.ts';
import { valueOf, type Variables } from './variables.ts';

const MAX_RULES = 50;
const MAX_EXPRESSION_CHARACTERS = 1_000;
const RULE_KEYWORDS = new Set(['if', 'when', 'allow_failure']);
/** `$NAME`, `$NAME == "text"`, `$NAME != null`. */
const COMPARISON =
  /^\$([A-Za-z_]\w*)(?:\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|(null)|\$([A-Za-z_]\w*)))?$/;

export interface Ruling {
  readonly when: When;
  readonly mayFail?: boolean;
}

/** rulingOf is what the first rule that applies says; undefined: none does, and the job is not part of the build. */
export function rulingOf(
  { located, what }: Named,
  { variables, when }: { variables: Variables; when: When },
): Ruling | undefined {
  const { value, place } = located;
  if (!isList(value)) throw invalid(place, `${what} is expected to be a list`);
  if (value.length > MAX_RULES) throw invalid(place, `${what} has more than ${MAX_RULES} entries`);
  const rulings = value.map((rule) => readRule(rule, { variables, when }));
  return rulings.find(({ applies }) => applies)?.ruling;
}

function readRule(
  located: Located,
  { variables, when }: { variables: Variables; when: When },
): { applies: boolean; ruling: Ruling } {
  const rule = mapIn({ located, what: 'a rule' });
  refuseUnknown(rule, RULE_KEYWORDS, 'in a rule');
  const said = rule.get('when');
  const mayFail = rule.get('allow_failure');
  const condition = rule.get('if');
  return {
    applies: !condition || holds(condition, variables),
    ruling: {
      when: said ? oneOf({ located: said, what: '"when"' }, WHEN) : when,
      ...(mayFail && { mayFail: booleanIn({ located: mayFail, what: '"allow_failure"' }) }),
    },
  };
}

/** `&&` binds closer than `||`; there are no parentheses and no patterns. */
function holds(located: Located, variables: Variables): boolean {
  const text = textIn({ located, what: '"if"' });
  if (text.length > MAX_EXPRESSION_CHARACTERS)
    throw invalid(located.place, `"if" is longer than ${MAX_EXPRESSION_CHARACTERS} characters`);
  const any = splitOutsideQuotes(text, '||').map((part) =>
    splitOutsideQuotes(part, '&&').map((term) => comparisonHolds(term.trim(), located, variables)),
  );
  return any.some((all) => all.every(Boolean));
}

function comparisonHolds(term: string, { place }: Located, variables: Variables): boolean {
  const match = COMPARISON.exec(term);
  if (!match)
    throw invalid(
      place,
      'this condition is not supported here: compare with == or !=, and join with && or ||',
    );
  const [, name = '', operator, double, single, isNull, other] = match;
  const value = valueOf(variables, name);
  if (operator === undefined) return value !== undefined && value !== '';
  const expected = isNull ? undefined : (double ?? single ?? valueOf(variables, other ?? ''));
  return (value === expected) === (operator === '==');
}

function splitOutsideQuotes(text: string, separator: '&&' | '||'): string[] {
  const parts = [''];
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quote === '' && text.startsWith(separator, at)) {
      parts.push('');
      at += separator.length - 1;
      continue;
    }
    if (quote === character) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    parts.push(`${parts.pop() ?? ''}${character}`);
  }
  return parts;
}
