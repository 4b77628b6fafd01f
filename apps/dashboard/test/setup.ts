import { afterEach } from 'vitest';
import { enableAutoUnmount } from '@vue/test-utils';
import { loadErrorTexts } from '../src/lib/error-texts.ts';

enableAutoUnmount(afterEach);
// As after the first moment of a page.
await loadErrorTexts();

afterEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});
