import { registerSW } from 'virtual:pwa-register';

/** registerShell keeps the app shell for offline starts; an update is taken when the page is opened next. */
export function registerShell(): void {
  if ('serviceWorker' in navigator && import.meta.env.PROD) registerSW({ immediate: false });
}
