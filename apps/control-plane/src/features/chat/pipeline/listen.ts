import type { ModelEvent } from '../providers/model-provider.ts';
import { findTool } from '../tools/toolbox.ts';
import { editLabel } from './run-tools.ts';
import type { TurnRun } from './turn-run.ts';

/** Long enough to hold the path, which models write first. */
const SNIFFED_CHARACTERS = 400;
const PATH = /"path"\s*:\s*"([^"\\]{1,200})"/;

/** listen shows a reply as it comes: text at once, thinking and edits as steps. */
export function listen(run: TurnRun): (event: ModelEvent) => void {
  const inputs = new Map<string, { readonly name: string; json: string }>();
  const thinkingId = `think-${run.rounds}-${run.steps.all.length}`;
  let thoughts = '';
  let hasText = false;

  function endThinking(): void {
    if (thoughts !== '') run.steps.end(thinkingId, { ok: true, detail: thoughts });
  }

  function sniff(id: string, json: string): void {
    const call = inputs.get(id);
    if (!call || call.json.length > SNIFFED_CHARACTERS) return;
    call.json += json;
    const path = PATH.exec(call.json)?.[1];
    if (path !== undefined) run.steps.start(id, editLabel(call.name, path));
  }

  return (event) => {
    if (event.type === 'thinking') {
      run.steps.start(thinkingId, 'Thinking');
      thoughts += event.text;
      return;
    }
    endThinking();
    if (event.type === 'text') {
      if (hasText) run.text.append(event.text);
      else run.text.paragraph(event.text.trimStart());
      hasText ||= event.text.trim() !== '';
    } else if (event.type === 'toolStart' && findTool(event.name)?.kind === 'edits') {
      inputs.set(event.id, { name: event.name, json: '' });
    } else if (event.type === 'toolDelta') sniff(event.id, event.json);
  };
}
