import { createApiClient } from '@spt-flow/shared/api/client';
import { mount, type VueWrapper } from '@vue/test-utils';
import uiPlugin from '@nuxt/ui/vue-plugin';
import { createPinia, type Pinia } from 'pinia';
import { createApp, shallowRef, type Component } from 'vue';
import { createMemoryHistory, createRouter, type Router } from 'vue-router';
import {
  createLiveClient,
  type LiveFollower,
  type LiveStatus,
} from '../src/lib/live/live-client.ts';
import { createMemoryStore } from '../src/lib/outbox-store.ts';
import { SERVICES, type Services } from '../src/lib/services.ts';
import { useAuthStore } from '../src/features/auth/auth-store.ts';
import { aMe } from './fixtures.ts';

type Answer = (request: { path: string; query: URLSearchParams; body: unknown }) => unknown;

/** An answer that is an `ApiFailure` arrives as an error envelope; `unreachable` fails like a lost network. */
export class ApiFailure extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message = code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface World {
  readonly services: Services;
  readonly pinia: Pinia;
  readonly router: Router;
  readonly requests: { method: string; path: string; body: unknown }[];
  readonly followers: Map<string, { follower: LiveFollower; after: number | null }>;
  readonly liveStatus: { value: LiveStatus };
  /** Runs code as if inside the app, where stores find their services. */
  run<T>(work: () => T): T;
  mount(
    component: Component,
    options?: { props?: Record<string, unknown>; slots?: Record<string, string> },
  ): VueWrapper;
}

/** createWorld is the app without a server: answers by "METHOD /path", live events by the recorded followers. */
export async function createWorld(answers: Record<string, Answer>, at = '/'): Promise<World> {
  const requests: World['requests'] = [];
  const followers: World['followers'] = new Map();
  const liveStatus = shallowRef<LiveStatus>('online');
  const live = createLiveClient({
    url: () => '',
    createSocket: () => neverOpening(),
    random: () => 0,
  });
  const services: Services = {
    api: createApiClient({
      baseUrl: '',
      fetch: (input, init) => answer(String(input), init),
      newCorrelationId: () => 'correlation-1',
    }),
    live: {
      ...live,
      follow: (topic, after, follower) => {
        followers.set(topic, { follower, after });
        return () => followers.delete(topic);
      },
    },
    liveStatus,
    storage: localStorage,
    outboxStore: createMemoryStore(),
    openSocket: () => neverOpening(),
  };

  async function answer(input: string, init: RequestInit | undefined): Promise<Response> {
    const url = new URL(input, 'http://localhost');
    const method = init?.method ?? 'GET';
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
    requests.push({ method, path: url.pathname, body });
    const give = answers[`${method} ${url.pathname.replace('/api/v1', '')}`];
    try {
      if (!give) throw new ApiFailure(404, 'not_found');
      const data = await give({ path: url.pathname, query: url.searchParams, body });
      return Response.json({ success: true, data, error: null });
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      const envelope = {
        success: false,
        data: null,
        error: { code: error.code, message: error.message, correlationId: 'correlation-1' },
      };
      return Response.json(envelope, { status: error.status });
    }
  }

  const pinia = createPinia();
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/p/:slug/:page?', component: { template: '<div />' } },
      { path: '/:path(.*)*', component: { template: '<div />' } },
    ],
  });
  await router.push(at);
  const app = createApp({ template: '<div />' });
  app.provide(SERVICES, services);
  app.use(pinia);
  const run = <T>(work: () => T): T => app.runWithContext(work);
  run(() => useAuthStore()).me = aMe();

  return {
    services,
    pinia,
    router,
    requests,
    followers,
    liveStatus,
    run,
    mount: (component, options = {}) =>
      mount(component, {
        ...options,
        attachTo: document.body,
        global: { plugins: [pinia, router, uiPlugin], provide: { [SERVICES]: services } },
      }),
  };
}

/** A socket of a network that never answers. */
function neverOpening(): WebSocket {
  const silent = new EventTarget();
  return Object.assign(silent, {
    readyState: 0,
    binaryType: 'blob',
    send: () => undefined,
    close: () => undefined,
  }) as unknown as WebSocket;
}

/** button finds what can be pressed by its label. */
export function button(wrapper: VueWrapper, label: string) {
  const found = wrapper
    .findAll('button, a')
    .find(
      (candidate) => candidate.text() === label || candidate.attributes('aria-label') === label,
    );
  if (!found) throw new Error(`No button "${label}" in: ${wrapper.text()}`);
  return found;
}
