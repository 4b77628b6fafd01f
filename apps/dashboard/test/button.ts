import type { VueWrapper } from '@vue/test-utils';

/** button finds one by what it says, or by what it is called where it shows only an icon. */
export function button(wrapper: VueWrapper, label: string) {
  const found = wrapper
    .findAll('button')
    .find((one) => one.text() === label || one.attributes('aria-label') === label);
  if (!found) throw new Error(`There is no button "${label}" in: ${wrapper.text()}`);
  return found;
}
