import type { ModelEvent } from '../../src/features/chat/providers/model-provider.ts';
import { fail, type ScriptedReply } from '../../src/features/chat/testing/scripted-provider.ts';

/** A reply that waits until it is released or stopped. */
export function heldReply(): { reply: ScriptedReply; started: Promise<void>; release: () => void } {
  let release: () => void = () => undefined;
  let begin: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const started = new Promise<void>((resolve) => (begin = resolve));
  async function* reply(signal: AbortSignal): AsyncIterable<ModelEvent> {
    yield { type: 'text', text: 'Working on it' };
    begin();
    await Promise.race([
      released,
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
    ]);
    yield signal.aborted ? fail('aborted', false) : { type: 'done', reason: 'finished' };
  }
  return { reply, started, release: () => release() };
}
