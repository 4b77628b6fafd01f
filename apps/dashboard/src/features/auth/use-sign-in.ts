import { signInRoutes, type MethodId } from '@spt-flow/shared/api/sign-in';
import { computed } from 'vue';
import { useRoute } from 'vue-router';
import { problemOfCode } from '../../lib/problem.ts';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useLoaded } from '../../lib/use-loaded.ts';

export interface SignInWish {
  readonly next?: string;
  readonly askAgain?: boolean;
  readonly invitation?: string;
}

/** With the account that somebody is signed in with there, the next attempt would end as the last. */
const WRONG_ACCOUNT: readonly string[] = [
  'sign_in_refused',
  'email_not_verified',
  'sign_in_link_first',
  'signup_closed',
];

export function isWrongAccount(problem: { readonly code: string } | undefined): boolean {
  return problem !== undefined && WRONG_ACCOUNT.includes(problem.code);
}

/** useSignInMethods knows how people sign in here. */
export function useSignInMethods() {
  const { api } = useServices();
  return useLoaded(
    () => 'methods',
    (_key, signal) => api.call(signInRoutes.methods, {}, { signal }),
  );
}

/** useSignIn leaves for where people sign in; the server sends them back to `next`. */
export function useSignIn() {
  const { api } = useServices();
  return useAction(async (method: MethodId, wish: SignInWish = {}) => {
    const { url } = await api.call(signInRoutes.start, { params: { method }, body: { ...wish } });
    window.location.assign(url);
  });
}

/** useReturnProblem is what the server says in the address when somebody came back in vain. */
export function useReturnProblem() {
  const route = useRoute();
  return computed(() => {
    const { problem, id } = route.query;
    if (typeof problem !== 'string') return undefined;
    return { ...problemOfCode(problem), correlationId: typeof id === 'string' ? id : undefined };
  });
}
