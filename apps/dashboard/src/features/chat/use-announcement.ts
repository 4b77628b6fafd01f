import type { Message } from '@spt-flow/shared/api/conversations';
import { computed, type Ref } from 'vue';

/** useAnnouncement is what a screen reader says: each step as it begins, and the answer once when it is complete. */
export function useAnnouncement(messages: Readonly<Ref<readonly Message[]>>) {
  return computed(() => {
    const last = messages.value.findLast(({ role }) => role === 'assistant');
    if (last === undefined) return '';
    if (last.state === 'queued' || last.state === 'running')
      return last.steps.at(-1)?.label ?? 'spt-flow is working';
    if (last.plan) return `${last.content} A plan to approve: ${last.plan.title}`.trim();
    if (last.questions) return `${last.content} ${last.questions.length} questions`.trim();
    return last.content;
  });
}
