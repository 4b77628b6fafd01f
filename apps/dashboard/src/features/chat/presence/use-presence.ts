import { conversationRoutes, type PRESENCE_ACTIVITIES } from '@spt-flow/shared/api/conversations';
import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import { useServices } from '../../../lib/services.ts';

const TYPING_SHOWN_MS = 6_000;
const TYPING_TOLD_MS = 3_000;
const HERE_TOLD_MS = 20_000;
/** Two tellings may get lost before somebody counts as gone. */
const HERE_COUNTS_MS = 65_000;

type Activity = (typeof PRESENCE_ACTIVITIES)[number];

export interface PresentPerson {
  readonly name: string;
  readonly isTyping: boolean;
}

interface Seen {
  readonly name: string;
  readonly seenAtMs: number;
  readonly typedAtMs: number;
}

/**
 * usePresence shows who else looks at a conversation, and tells them about oneself.
 * Who comes is answered by those who are there; who is alone says nothing more.
 */
export function usePresence(projectId: () => string, me: () => string | undefined) {
  const { api, live } = useServices();
  const seen = shallowRef<ReadonlyMap<string, Seen>>(new Map());
  const nowMs = shallowRef(Date.now());
  let unfollow = (): void => undefined;
  let toldTypingAtMs = 0;
  let toldHereAtMs = 0;

  function tell(handle: string, activity: Activity): void {
    if (activity === 'here') toldHereAtMs = Date.now();
    // It is told again soon; nothing depends on it.
    void api
      .call(conversationRoutes.presence, { params: { handle }, body: { activity } })
      .catch(() => undefined);
  }

  function hear(userId: string, name: string, activity: Activity): void {
    if (userId === me()) return;
    const known = seen.value.get(userId);
    const next = new Map(seen.value);
    const now = Date.now();
    nowMs.value = now;
    if (activity === 'away') next.delete(userId);
    else next.set(userId, { name, seenAtMs: now, typedAtMs: activity === 'typing' ? now : 0 });
    seen.value = next;
    if (!known && activity !== 'away') tell(projectId(), 'here');
  }

  function follow(id: string): void {
    unfollow = live.follow(`presence:${id}`, null, {
      onEvent: (event) => {
        if (event.type === 'presence') hear(event.userId, event.userName, event.activity);
      },
      onReset: () => follow(id),
      onSubscribed: () => tell(id, 'here'),
    });
  }

  watch(
    projectId,
    (id, before) => {
      unfollow();
      if (before !== undefined) tell(before, 'away');
      seen.value = new Map();
      follow(id);
    },
    { immediate: true },
  );

  const timer = setInterval(() => {
    nowMs.value = Date.now();
    const isDue = nowMs.value - toldHereAtMs >= HERE_TOLD_MS;
    if (people.value.length > 0 && isDue && document.visibilityState === 'visible')
      tell(projectId(), 'here');
  }, 1_000);
  onScopeDispose(() => {
    clearInterval(timer);
    unfollow();
    tell(projectId(), 'away');
  });

  const people = computed<PresentPerson[]>(() =>
    [...seen.value.values()]
      .filter(({ seenAtMs }) => nowMs.value - seenAtMs < HERE_COUNTS_MS)
      .map(({ name, typedAtMs }) => ({
        name,
        isTyping: nowMs.value - typedAtMs < TYPING_SHOWN_MS,
      })),
  );

  return {
    people,
    /** Call it with each key; it is told now and then. */
    onTyping(): void {
      if (people.value.length === 0 || Date.now() - toldTypingAtMs < TYPING_TOLD_MS) return;
      toldTypingAtMs = Date.now();
      tell(projectId(), 'typing');
    },
  };
}
