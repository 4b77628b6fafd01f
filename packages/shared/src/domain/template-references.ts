import type { ParameterValue, TemplateSettings } from './template-shape.ts';

/** `${name}`; `$${` stands for itself. */
const REFERENCE = /\$(\$\{)|\$\{([^$}]*)\}/g;

/** referencesIn lists the names of the parameters that a setting refers to. */
export function referencesIn(setting: TemplateSettings[keyof TemplateSettings]): string[] {
  return textsIn(setting).flatMap((text) =>
    [...text.matchAll(REFERENCE)].flatMap((match) => match[2] ?? []),
  );
}

/** fillWhole returns the value itself where the text is one reference and nothing else, else the filled text. */
export function fillWhole(
  text: string,
  values: ReadonlyMap<string, ParameterValue>,
): ParameterValue {
  const name = /^\$\{([^}]*)\}$/.exec(text)?.[1];
  const value = name === undefined ? undefined : values.get(name);
  return value ?? fillText(text, values);
}

/** fillText puts values into a text; a list becomes its items with commas between. */
export function fillText(text: string, values: ReadonlyMap<string, ParameterValue>): string {
  return text.replace(REFERENCE, (whole, escaped: string | undefined, name: string | undefined) => {
    if (escaped !== undefined) return escaped;
    const value = values.get(name ?? '');
    return value === undefined ? whole : Array.isArray(value) ? value.join(',') : String(value);
  });
}

function textsIn(setting: TemplateSettings[keyof TemplateSettings]): string[] {
  if (typeof setting === 'string') return [setting];
  if (Array.isArray(setting)) return setting;
  if (typeof setting !== 'object' || setting === null) return [];
  return Object.values(setting).flatMap((part) =>
    typeof part === 'string' ? [part] : Object.values(part ?? {}),
  );
}
