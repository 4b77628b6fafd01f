import { AppError } from '@spt-flow/shared/domain/errors';
import { TemplateDefinitionSchema } from '@spt-flow/shared/domain/template-definition';
import {
  TEMPLATE_FILE,
  TEMPLATE_README,
  TEMPLATE_SCRIPT,
  type TemplateShape,
} from '@spt-flow/shared/domain/template-shape';

export const MAX_FILE_BYTES = 256 * 1024;
/** How many problems of a template are told at once. */
const MAX_ISSUES = 20;

export interface TemplateFile {
  readonly path: string;
  readonly text: string;
}

/** TemplateContent is what a version is made of. */
export interface TemplateContent {
  readonly definition: TemplateShape;
  readonly readme: string;
}

/** wantedFiles names what a template consists of, of the files that there are. */
export function wantedFiles(available: readonly string[]): string[] {
  return [
    TEMPLATE_FILE,
    ...[TEMPLATE_README, TEMPLATE_SCRIPT].filter((name) => available.includes(name)),
  ];
}

/** readTemplateFiles reads a template; AppError `template_invalid` names what is wrong with it, and where. */
export function readTemplateFiles(files: readonly TemplateFile[]): TemplateContent {
  const byPath = new Map(files.map(({ path, text }) => [path, text]));
  if (byPath.size < files.length)
    throw new AppError('template_invalid', 'A file is there more than once');
  const source = byPath.get(TEMPLATE_FILE);
  if (source === undefined)
    throw new AppError('template_invalid', `There is no ${TEMPLATE_FILE} among the files`);
  const parsed = TemplateDefinitionSchema.safeParse(parseJson(source));
  if (parsed.success) return withScript(parsed.data, byPath);
  const issues = parsed.error.issues
    .slice(0, MAX_ISSUES)
    .map(({ path, message }) => ({ path: path.map(String), message }));
  throw new AppError('template_invalid', `${TEMPLATE_FILE} is not valid`, { details: { issues } });
}

function withScript(
  definition: TemplateShape,
  byPath: ReadonlyMap<string, string>,
): TemplateContent {
  const script = byPath.get(TEMPLATE_SCRIPT);
  const readme = byPath.get(TEMPLATE_README) ?? '';
  if (script === undefined) return { definition, readme };
  if (definition.startScript !== null)
    throw new AppError('template_invalid', `There is a startScript and a ${TEMPLATE_SCRIPT}`);
  return { definition: { ...definition, startScript: script }, readme };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('template_invalid', `${TEMPLATE_FILE} is not JSON: ${reason}`, { cause });
  }
}
