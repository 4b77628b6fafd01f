import type { Parameter, TemplateParameter } from './coder-world.ts';

interface Fault {
  readonly message: string;
  readonly validations: { field: string; detail: string }[];
}

type Judged = { readonly values: Parameter[] } | Fault;

/** judgeParameters does what the builder of workspaces does with what it is given: names, options, validation, mutability. */
export function judgeParameters(
  known: readonly TemplateParameter[],
  given: readonly Parameter[],
  before: readonly Parameter[] | undefined,
): Judged {
  const unknown = given.find(({ name }) => !known.some((parameter) => parameter.name === name));
  if (unknown) return fault(unknown.name, 'is not defined in the template ("coder_parameter")');
  const values: Parameter[] = [];
  for (const parameter of known) {
    const { name, required = false, defaultValue = '', ephemeral = false } = parameter;
    const own = given.find((each) => each.name === name)?.value;
    const last = ephemeral ? undefined : before?.find((each) => each.name === name)?.value;
    if (own === undefined && last === undefined && required)
      return fault(name, 'parameter is required');
    const value = own ?? last ?? defaultValue;
    const wrong = wrongness(parameter, value, last);
    if (wrong !== undefined) return fault(name, wrong);
    values.push({ name, value });
  }
  return { values };
}

function wrongness(
  { mutable = true, options, regex, min, max, type = 'string' }: TemplateParameter,
  value: string,
  last: string | undefined,
): string | undefined {
  if (!mutable && last !== undefined && last !== value)
    return 'parameter is not mutable, so it can’t be updated';
  if (options && type !== 'list(string)' && !options.includes(value))
    return `parameter value must match one of options: ${JSON.stringify(options)}`;
  if (regex !== undefined && !new RegExp(regex).test(value))
    return `value ${JSON.stringify(value)} does not match ${JSON.stringify(regex)}`;
  if (type === 'number' && Number(value) < (min ?? -Infinity))
    return `value ${value} is less than the minimum ${min}`;
  if (type === 'number' && Number(value) > (max ?? Infinity))
    return `value ${value} is more than the maximum ${max}`;
  return undefined;
}

function fault(field: string, detail: string): Fault {
  return { message: 'Unable to validate parameters', validations: [{ field, detail }] };
}
