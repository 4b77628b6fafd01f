import { authRoutes, type Me } from '@spt-flow/shared/api/auth';
import type { RouteInput } from '@spt-flow/shared/api/route';
import { permits, scopeOfRole } from '@spt-flow/shared/domain/roles';
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { isProblemCode } from '../../lib/problem.ts';
import { useServices } from '../../lib/services.ts';

/** useAuthStore knows who is signed in: undefined until asked, null when nobody is. */
export const useAuthStore = defineStore('auth', () => {
  const { api, live } = useServices();
  const me = shallowRef<Me | null>();
  const canWrite = computed(() => me.value != null && permits(scopeOfRole(me.value.role), 'write'));

  async function load(): Promise<void> {
    try {
      me.value = await api.call(authRoutes.me, {});
    } catch (error) {
      if (!isProblemCode(error, 'not_authenticated')) throw error;
      me.value = null;
    }
  }

  async function login(body: RouteInput<typeof authRoutes.login>['body']): Promise<void> {
    me.value = await api.call(authRoutes.login, { body });
  }

  async function setup(body: RouteInput<typeof authRoutes.setup>['body']): Promise<void> {
    me.value = await api.call(authRoutes.setup, { body });
  }

  async function logout(): Promise<void> {
    await api.call(authRoutes.logout, {});
    forget();
  }

  function forget(): void {
    me.value = null;
    live.stop();
  }

  return { me, canWrite, load, login, setup, logout, forget };
});
