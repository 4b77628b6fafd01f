import './app/theme.css';
import uiPlugin from '@nuxt/ui/vue-plugin';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { createAppRouter } from './app/router.ts';
import { registerShell } from './app/register-shell.ts';
import { useAuthStore } from './features/auth/auth-store.ts';
import { createServices } from './lib/create-services.ts';
import { loadErrorTexts } from './lib/error-texts.ts';
import { SERVICES } from './lib/services.ts';

const app = createApp(App);
const router = createAppRouter();
const services = createServices({ onSignedOut });
app.provide(SERVICES, services);
app.use(createPinia());
app.use(router);
app.use(uiPlugin);
app.mount('#app');

addEventListener('online', services.live.retryNow);
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') services.live.retryNow();
});
registerShell();
loadErrorTexts().catch(() => undefined); // Asked again by the first error.

function onSignedOut(): void {
  const auth = app.runWithContext(() => useAuthStore());
  const wasSignedIn = auth.me != null;
  auth.forget();
  if (!wasSignedIn || router.currentRoute.value.meta.isPublic) return;
  void router.replace({ name: 'login', query: { next: router.currentRoute.value.fullPath } });
}
