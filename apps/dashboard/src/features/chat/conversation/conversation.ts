import type { Message } from '@spt-flow/shared/api/conversations';
import type { LiveEvent } from '@spt-flow/shared/api/live';

/**
 * applyChatEvent changes the messages in place, so that only what an event touches is rendered again.
 * Events of messages that are not loaded, and repeated ones, change nothing.
 */
export function applyChatEvent(messages: Message[], event: LiveEvent): void {
  // A known answer is added again when its turn begins anew, e.g. because the server was restarted.
  if (event.type === 'message.added' || event.type === 'message.done')
    replaceMessage(messages, event.message);
  else if (event.type === 'message.removed') removeMessage(messages, event.messageId);
  else if (event.type === 'message.delta') {
    const message = findMessage(messages, event.messageId);
    if (message) message.content += event.text;
  } else if (event.type === 'message.step') {
    const message = findMessage(messages, event.messageId);
    if (!message) return;
    const index = message.steps.findIndex((step) => step.id === event.step.id);
    if (index === -1) message.steps.push(event.step);
    else message.steps[index] = event.step;
  }
}

/** addMessage is for messages that are new; one that is known already may have grown and stays. */
export function addMessage(messages: Message[], message: Message): void {
  if (!findMessage(messages, message.id)) insert(messages, message);
}

/** An answer belongs below its question, also when other questions wait there already. */
function insert(messages: Message[], message: Message): void {
  const question =
    message.role === 'assistant' && message.turnId !== null
      ? messages.findLastIndex(({ turnId }) => turnId === message.turnId)
      : -1;
  if (question === -1) messages.push(message);
  else messages.splice(question + 1, 0, message);
}

/** inReadingOrder puts each answer of a page below its question. */
export function inReadingOrder(page: readonly Message[]): Message[] {
  const messages: Message[] = [];
  for (const message of page) insert(messages, message);
  return messages;
}

function removeMessage(messages: Message[], id: string): void {
  const index = messages.findIndex((message) => message.id === id);
  if (index !== -1) messages.splice(index, 1);
}

function replaceMessage(messages: Message[], message: Message): void {
  const known = findMessage(messages, message.id);
  if (known) Object.assign(known, message);
  else insert(messages, message);
}

function findMessage(messages: Message[], id: string): Message | undefined {
  return messages.findLast((message) => message.id === id);
}

/** isTurnRunning is true while an answer is being made. */
export function isTurnRunning(messages: readonly Message[]): boolean {
  return messages.some((message) => message.state === 'queued' || message.state === 'running');
}

/** queuedIds are the questions that the server has and nobody works on yet. */
export function queuedIds(messages: readonly Message[]): ReadonlySet<string> {
  const answered = new Set(
    messages.flatMap(({ role, turnId }) => (role === 'assistant' ? [turnId] : [])),
  );
  const waiting = messages.filter(
    ({ role, turnId }) => role === 'user' && turnId !== null && !answered.has(turnId),
  );
  return new Set(waiting.map(({ id }) => id));
}

export function tokensUsed(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + message.tokensUsed, 0);
}
