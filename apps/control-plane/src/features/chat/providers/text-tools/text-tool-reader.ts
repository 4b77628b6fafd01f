import { randomUUID } from 'node:crypto';
import { parseJson } from '../../../../lib/parse-json.ts';
import type { ModelEvent } from '../model-provider.ts';

const OPENING =
  /\n[ \t]*<(?:(file|edit) path="([^"\n]{1,1024})"|(call) name="([a-z_]{1,64})")>[ \t]*\r?\n/;
/** From here on the text may turn out to be a tag. */
const MAYBE_OPENING = /\n[ \t]*(?:<(?:f|e|c|$)[^\n]*)?$/;
const SEARCH = /^<{5,9} ?SEARCH[ \t]*$/;
const DIVIDER = /^={5,9}[ \t]*$/;
const REPLACE = /^>{5,9} ?REPLACE[ \t]*$/;

interface OpenBlock {
  readonly kind: 'file' | 'edit' | 'call';
  /** Path, or the tool of a call. */
  readonly name: string;
  readonly id: string;
}

const TOOLS = { file: 'write_file', edit: 'edit_file' } as const;

function toolOf({ kind, name }: OpenBlock): string {
  return kind === 'call' ? name : TOOLS[kind];
}

/** Without any complete block the list is empty, which the tool refuses with its reason. Models repeat lines without end. */
function editsIn(text: string): unknown[] {
  const edits: unknown[] = [];
  let before: string[] | undefined;
  let after: string[] | undefined;
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    if (after && before && REPLACE.test(line)) {
      edits.push({ old_string: before.join('\n'), new_string: after.join('\n') });
      [before, after] = [undefined, undefined];
    } else if (after) after.push(line);
    else if (before && DIVIDER.test(line)) after = [];
    else if (before) before.push(line);
    else if (SEARCH.test(line)) before = [];
  }
  return edits;
}

function inputOf({ kind, name }: OpenBlock, text: string): unknown {
  if (kind === 'file') return { path: name, content: text };
  if (kind === 'edit') return { path: name, edits: editsIn(text) };
  return text.trim() === '' ? {} : parseJson(text);
}

/**
 * TextToolReader finds the blocks in what a model writes and turns them into calls; everything else stays text.
 * INVARIANT: only a complete block becomes a call, and a file is never guessed from code in the text.
 */
export class TextToolReader {
  #pending = '';
  #isLineStart = true;
  #open: OpenBlock | null = null;
  #calls = 0;

  read(event: ModelEvent): ModelEvent[] {
    if (event.type === 'text') {
      const written = this.#open && { id: this.#open.id, json: event.text };
      this.#pending += event.text;
      return [...(written ? [{ type: 'toolDelta' as const, ...written }] : []), ...this.#drain()];
    }
    if (event.type !== 'done') return [event];
    return [...this.#end(event.reason === 'maxTokens'), this.#done(event)];
  }

  #done(event: Extract<ModelEvent, { type: 'done' }>): ModelEvent {
    return event.reason === 'finished' && this.#calls > 0
      ? { type: 'done', reason: 'toolCalls' }
      : event;
  }

  #drain(): ModelEvent[] {
    const events: ModelEvent[] = [];
    for (;;) {
      const next = this.#open === null ? this.#findOpening() : this.#findClosing(this.#open);
      events.push(...next);
      if (next.every((event) => event.type === 'text')) return events;
    }
  }

  #findOpening(): ModelEvent[] {
    // One character before what is pending says whether it begins a line.
    const text = (this.#isLineStart ? '\n' : ' ') + this.#pending;
    const found = OPENING.exec(text);
    if (!found) return this.#takeText((MAYBE_OPENING.exec(text)?.index ?? text.length) - 1);
    const [tag, edited, path, , tool] = found;
    const kind = edited === 'file' || edited === 'edit' ? edited : 'call';
    const before = this.#takeText(found.index - 1);
    this.#pending = text.slice(found.index + tag.length);
    const open: OpenBlock = { kind, name: path ?? tool ?? '', id: `text_${randomUUID()}` };
    this.#open = open;
    this.#calls++;
    const json = kind === 'call' ? '' : `{"path":${JSON.stringify(open.name)},`;
    return [
      ...before,
      { type: 'toolStart', id: open.id, name: toolOf(open) },
      { type: 'toolDelta', id: open.id, json },
    ];
  }

  #findClosing(open: OpenBlock): ModelEvent[] {
    const closing = new RegExp(`(?:^|\\n)[ \\t]*</${open.kind}>[ \\t]*`);
    const found = closing.exec(this.#pending);
    if (!found) return [];
    const lastBreak = found[0].startsWith('\n') ? 1 : 0;
    const text = this.#pending.slice(0, found.index + lastBreak);
    this.#pending = this.#pending.slice(found.index + found[0].length);
    this.#open = null;
    this.#isLineStart = true;
    return [{ type: 'toolReady', id: open.id, name: toolOf(open), input: inputOf(open, text) }];
  }

  #takeText(length: number): ModelEvent[] {
    if (length <= 0) return [];
    const text = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    this.#isLineStart = text.endsWith('\n');
    return [{ type: 'text', text }];
  }

  /** A block that was cut off stays open; one that was left open is answered with an error. */
  #end(isCut: boolean): ModelEvent[] {
    const open = this.#open;
    if (open === null) return this.#takeText(this.#pending.length);
    if (isCut) return [];
    return [{ type: 'toolReady', id: open.id, name: toolOf(open), input: undefined }];
  }
}
