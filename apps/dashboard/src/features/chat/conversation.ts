import type { Message } from '@spt-flow/shared/api/conversations';
import type { LiveEvent } from '@spt-flow/shared/api/live';

/**
 * applyChatEvent changes the messages in place, so that only what an event touches is rendered again.
 * Events of messages that are not loaded, and repeated ones, change nothing.
 */
export function applyChatEvent(messages: Message[], event: LiveEvent): void {
  if (event.type === 'message.added') addMessage(messages, event.message);
  else if (event.type === 'message.done') replaceMessage(messages, event.message);
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
  if (!findMessage(messages, message.id)) messages.push(message);
}

function replaceMessage(messages: Message[], message: Message): void {
  const known = findMessage(messages, message.id);
  if (known) Object.assign(known, message);
  else messages.push(message);
}

function findMessage(messages: Message[], id: string): Message | undefined {
  return messages.findLast((message) => message.id === id);
}

/** isTurnRunning is true from the moment a turn is accepted until it is finished, failed or stopped. */
export function isTurnRunning(messages: readonly Message[]): boolean {
  return messages.some((message) => message.state === 'queued' || message.state === 'running');
}

export function tokensUsed(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + message.tokensUsed, 0);
}
