import { PreviewFrameMessageSchema, previewRoutes } from '@spt-flow/shared/api/previews';
import { onScopeDispose, shallowRef, watch } from 'vue';
import { useServices } from '../../lib/services.ts';

/**
 * useFrameSignIn hands this sign-in over to a framed preview that asks for it, and returns what the frame shows: the
 * preview's URL, or the one that signs in there first. Each load is answered once, so that a browser that keeps no
 * cookies for the frame ends at a page that says so.
 */
export function useFrameSignIn(frame: () => HTMLIFrameElement | null, url: () => string) {
  const { api } = useServices();
  const source = shallowRef(url());
  let isAnswered = false;

  async function handOver(challenge: string): Promise<void> {
    const asked = url();
    const { hostname, pathname, search } = new URL(asked);
    const label = hostname.split('.', 1)[0] ?? '';
    const body = { label, challenge, path: pathname + search };
    const answer = await api.call(previewRoutes.signIn, { body });
    if (asked === url()) source.value = answer.url;
  }

  function onMessage(event: MessageEvent<unknown>): void {
    const window = frame()?.contentWindow;
    if (!window || event.source !== window || event.origin !== new URL(url()).origin) return;
    const message = PreviewFrameMessageSchema.safeParse(event.data);
    if (!message.success || isAnswered) return;
    isAnswered = true;
    // The page in the frame says what to do when nothing comes of it.
    handOver(message.data.challenge).catch(() => undefined);
  }

  function load(): void {
    isAnswered = false;
    source.value = url();
  }

  watch(url, load);
  window.addEventListener('message', onMessage);
  onScopeDispose(() => window.removeEventListener('message', onMessage));
  return { source, load };
}
