import { matchesPattern } from './template-pattern.ts';
import type { ParameterValue, TemplateParameter } from './template-shape.ts';

/** ParameterProblem says which parameter is wrong and what it may be. */
export interface ParameterProblem {
  readonly parameter: string;
  readonly reason: 'unknown' | 'missing' | 'invalid' | 'immutable';
  readonly message: string;
}

type Of<T extends TemplateParameter['type']> = Extract<TemplateParameter, { type: T }>;

/** explainValue says what a parameter may be when the value is not that; undefined when it is. */
export function explainValue(
  parameter: TemplateParameter,
  value: ParameterValue,
): string | undefined {
  switch (parameter.type) {
    case 'bool':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'number':
      return typeof value === 'number' ? explainNumber(parameter, value) : 'must be a number';
    case 'string':
      return typeof value === 'string' ? explainText(parameter, value) : 'must be a text';
    case 'list':
      return Array.isArray(value) ? explainList(parameter, value) : 'must be a list of texts';
  }
}

/** isRequired is true when a value has to be given. */
export function isRequired(parameter: TemplateParameter): boolean {
  return parameter.default === undefined;
}

/** readParameterText turns what a person typed, `--param name=text`, into a value; a wrong one is left for `explainValue`. */
export function readParameterText(parameter: TemplateParameter, text: string): ParameterValue {
  switch (parameter.type) {
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'number':
      return text.trim() === '' || !Number.isFinite(Number(text)) ? text : Number(text);
    case 'list':
      return text.split(',').flatMap((item) => item.trim() || []);
    case 'string':
      return text;
  }
}

/** optionsOf lists what may be chosen; undefined when anything may be entered. */
export function optionsOf(
  parameter: TemplateParameter,
): readonly { value: string | number; label?: string | undefined }[] | undefined {
  return parameter.type === 'bool' ? undefined : parameter.options;
}

function explainNumber(parameter: Of<'number'>, value: number): string | undefined {
  return explainOption(parameter, [value]) ?? explainBounds(parameter, value, '');
}

function explainText(parameter: Of<'string'>, value: string): string | undefined {
  return (
    explainOption(parameter, [value]) ??
    explainBounds(parameter, value.length, ' characters') ??
    explainMatch(parameter.pattern, [value])
  );
}

function explainList(parameter: Of<'list'>, values: readonly string[]): string | undefined {
  return (
    explainOption(parameter, values) ??
    explainBounds(parameter, values.length, ' items') ??
    explainMatch(parameter.pattern, values)
  );
}

function explainOption(
  parameter: TemplateParameter,
  values: readonly (string | number)[],
): string | undefined {
  const permitted = optionsOf(parameter)?.map((option) => option.value);
  if (!permitted || values.every((value) => permitted.includes(value))) return undefined;
  return `must be one of ${permitted.join(', ')}`;
}

function explainBounds(
  { min, max }: { min?: number | undefined; max?: number | undefined },
  measure: number,
  unit: string,
): string | undefined {
  if (min !== undefined && measure < min) return `must be at least ${min}${unit}`;
  if (max !== undefined && measure > max) return `must be at most ${max}${unit}`;
  return undefined;
}

function explainMatch(pattern: string | undefined, values: readonly string[]): string | undefined {
  if (pattern === undefined || values.every((value) => matchesPattern(pattern, value)))
    return undefined;
  return `must match ${pattern}`;
}
