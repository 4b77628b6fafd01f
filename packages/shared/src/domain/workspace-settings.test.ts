import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, WorkspaceSettingsSchema } from './workspace-settings.ts';

describe('the settings of a workspace', () => {
  it('are small and strict when nobody chooses', () => {
    expect(DEFAULT_SETTINGS).toMatchObject({
      size: 'chat',
      isolation: 'restricted',
      image: null,
      egress: null,
      virtualization: false,
    });
  });

  it.each([
    [{ size: 'huge' }],
    [{ isolation: 'privileged' }],
    [{ image: '' }],
    [{ environment: { 'A=B': 'x' } }],
    [{ egress: ['https://example.org/'] }],
    [{ privileged: true }],
  ])('refuse %j', (settings) => {
    expect(WorkspaceSettingsSchema.safeParse(settings).success).toBe(false);
  });
});
