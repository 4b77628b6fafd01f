import type { ToolCallPart, ToolResultPart } from '../providers/model-provider.ts';
import { maskSecrets } from '../tools/secrets.ts';
import { findTool } from '../tools/toolbox.ts';
import { editDiff } from '../tools/edit-diff.ts';
import { ToolError } from '../tools/tool-error.ts';
import type { Tool, ToolContext, ToolResult, TurnEnd } from '../tools/tool.ts';
import { editOf, refusalOf } from './planning.ts';
import type { TurnRun } from './turn-run.ts';

export interface ToolsOutcome {
  readonly results: readonly ToolResultPart[];
  readonly end: TurnEnd | null;
  readonly allFailed: boolean;
}

const MAX_LABEL_CHARACTERS = 60;
/** Of a command, for people. */
const MAX_OUTPUT_CHARACTERS = 1000;

const VERBS: Readonly<Record<string, string>> = {
  write_file: 'Writing',
  edit_file: 'Editing',
  delete_file: 'Deleting',
  rename_file: 'Renaming',
};

/** editLabel names an edit for people: "Editing server.js". */
export function editLabel(tool: string, path: string): string {
  return `${VERBS[tool] ?? 'Changing'} ${path}`;
}

function pathOf(input: unknown): string | null {
  if (typeof input !== 'object' || input === null || !('path' in input)) return null;
  return typeof input.path === 'string' ? input.path : null;
}

/** After two failed edits of a file, only its whole content helps. */
function withAdvice(run: TurnRun, call: ToolCallPart, result: ToolResult): ToolResult {
  const path = pathOf(call.input);
  if (call.name !== 'edit_file' || path === null) return result;
  if (!result.isError) {
    run.failedEdits.delete(path);
    return result;
  }
  const failures = (run.failedEdits.get(path) ?? 0) + 1;
  run.failedEdits.set(path, failures);
  const advice =
    failures < 2
      ? 'Read the file again, then retry once.'
      : 'Send the whole file with write_file instead.';
  return { ...result, text: `${result.text}\n${advice}` };
}

/** The file as this turn has it; null where it cannot be read, which the tool itself tells. */
async function textOf(run: TurnRun, path: string): Promise<string | null> {
  try {
    return await run.overlay.read(path);
  } catch (error) {
    if (error instanceof ToolError) return null;
    throw error;
  }
}

async function runEdit(run: TurnRun, tool: Tool, call: ToolCallPart): Promise<ToolResult> {
  const path = pathOf(call.input) ?? 'a file';
  run.steps.start(call.id, editLabel(call.name, path));
  const before = await textOf(run, path);
  const result = withAdvice(run, call, await tool.call(call.input, contextOf(run)));
  const detail = result.isError ? result.text : editDiff(before, await textOf(run, path));
  run.steps.end(call.id, { ok: !result.isError, detail: maskSecrets(detail, run.input.secrets) });
  return result;
}

function contextOf({ overlay, input }: TurnRun): ToolContext {
  return { overlay, machine: input.machine };
}

const COMMAND_LABELS: Readonly<Record<string, (value: string) => string>> = {
  run_command: (command) => `Running ${command.slice(0, MAX_LABEL_CHARACTERS)}`,
  add_dependency: (name) => `Adding ${name}`,
};

function commandLabel({ name, input }: ToolCallPart): string {
  const label = COMMAND_LABELS[name];
  const value =
    typeof input === 'object' && input !== null
      ? Object.values(input).find((each) => typeof each === 'string')
      : undefined;
  return label && value !== undefined ? label(value) : 'Reading what the app printed';
}

async function runCommand(run: TurnRun, tool: Tool, call: ToolCallPart): Promise<ToolResult> {
  const secrets = run.input.secrets;
  run.steps.start(call.id, maskSecrets(commandLabel(call), secrets));
  const result = await tool.call(call.input, contextOf(run));
  const detail = maskSecrets(result.text, secrets).slice(-MAX_OUTPUT_CHARACTERS);
  run.steps.end(call.id, { ok: !result.isError, detail });
  return result;
}

async function runCall(run: TurnRun, call: ToolCallPart): Promise<ToolResult> {
  const tool = findTool(call.name);
  if (!tool) return { text: `There is no tool "${call.name}".`, isError: true, end: null };
  const refusal = refusalOf(run.input.planning, tool);
  if (refusal !== null) return refuse(run, call, refusal);
  if (tool.kind === 'edits') return runEdit(run, tool, call);
  if (tool.kind === 'commands') return runCommand(run, tool, call);
  return tool.call(call.input, contextOf(run));
}

function refuse(run: TurnRun, call: ToolCallPart, text: string): ToolResult {
  const edit = editOf(call);
  if (edit !== null) run.refused.edits.push(edit);
  run.refused.calls++;
  return { text, isError: true, end: null };
}

function startReading(run: TurnRun, calls: readonly ToolCallPart[]): string | null {
  const reads = calls.filter((call) => findTool(call.name)?.kind === 'reads');
  if (reads.length === 0) return null;
  const files = reads.filter((call) => call.name === 'read_file').length;
  const id = `read-${run.rounds}`;
  const label =
    files === 0 ? 'Looking at the project' : `Reading ${files === 1 ? '1 file' : `${files} files`}`;
  run.steps.start(id, label);
  return id;
}

/** runTools does the calls of a reply in their order. A turn does not end while one of them has failed. */
export async function runTools(
  run: TurnRun,
  calls: readonly ToolCallPart[],
): Promise<ToolsOutcome> {
  const results: ToolResultPart[] = [];
  let end: TurnEnd | null = null;
  let failed = 0;
  const reading = startReading(run, calls);
  for (const call of calls) {
    const result = await runCall(run, call);
    if (result.isError) failed++;
    end = result.end ?? end;
    results.push({
      type: 'toolResult',
      callId: call.id,
      text: maskSecrets(result.text, run.input.secrets),
      isError: result.isError,
    });
  }
  if (reading !== null) run.steps.end(reading, { ok: true });
  const unfinished = end?.type === 'finish' && failed > 0;
  if (!unfinished) return { results, end, allFailed: failed === calls.length };
  const refused = results.map((result, index) =>
    calls[index]?.name === 'finish'
      ? {
          ...result,
          text: 'Not finished: another call of this reply failed. Correct it first.',
          isError: true,
        }
      : result,
  );
  return { results: refused, end: null, allFailed: false };
}
